//! What calls demand, and what the policies that are deployed say to it.
