//! What calls demand, and what the policies that are deployed say to it.

mod account;
mod deployed;
mod needs;
mod requests;
