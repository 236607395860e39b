//! Simple Queue Service.

use crate::authorization::arguments::Arguments;
use crate::authorization::demand::{Need, Scope};
use crate::authorization::encryption::{self, Use};

/// What an operation needs.
pub(in super::super) fn needs(
    operation: &str,
    arguments: &Arguments,
    scope: &Scope<'_>,
) -> Result<Vec<Need>, String> {
    // AWS: the permission for a batch is that for one message.
    let action = operation.strip_suffix("Batch").unwrap_or(operation);
    if !scope.knows("sqs", action) {
        return Err(format!("the operation sqs:{operation}"));
    }
    let queue = match action {
        "ListQueues" => "*".to_owned(),
        "StartMessageMoveTask" => return move_task(arguments, scope),
        "CreateQueue" | "GetQueueUrl" => by_name(arguments, scope),
        "ListMessageMoveTasks" => arguments.text("SourceArn").map_or_else(|| any(scope), str::to_owned),
        // Its handle holds the ARN, in a form that is the service's own.
        "CancelMessageMoveTask" => any(scope),
        _ => by_url(arguments, scope)?,
    };
    let behind = match action {
        "SendMessage" => encryption::of_queue(&queue, Use::Write, scope),
        "ReceiveMessage" => encryption::of_queue(&queue, Use::Read, scope),
        _ => Vec::new(),
    };
    let mut needs = vec![Need::new(format!("sqs:{action}"), queue)];
    needs.extend(behind);
    Ok(needs)
}

/// `https://HOST/ACCOUNT/NAME`. A host that names a region has to name this one.
fn by_url(arguments: &Arguments, scope: &Scope<'_>) -> Result<String, String> {
    let Some(url) = arguments.text("QueueUrl") else { return Ok(any(scope)) };
    let unreadable = || "a queue URL that is not https://HOST/ACCOUNT/NAME".to_owned();
    let (host, path) =
        url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).ok_or_else(unreadable)?;
    let (account, name) = path.split_once('/').ok_or_else(unreadable)?;
    let elsewhere =
        host.strip_prefix("sqs.").is_some_and(|rest| rest.split('.').next() != Some(scope.region));
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
    let is_name = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    if elsewhere || !is_account || !is_name || name.is_empty() {
        return Err(unreadable());
    }
    Ok(Scope { account, ..*scope }.arn("sqs", name))
}

fn by_name(arguments: &Arguments, scope: &Scope<'_>) -> String {
    let account = arguments.text("QueueOwnerAWSAccountId").unwrap_or(scope.account);
    Scope { account, ..*scope }.arn("sqs", arguments.text("QueueName").unwrap_or("*"))
}

/// AWS: who moves messages needs what receiving and sending them needs
/// (<https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html>).
fn move_task(arguments: &Arguments, scope: &Scope<'_>) -> Result<Vec<Need>, String> {
    let source = arguments.text("SourceArn").ok_or("a move of messages without its source")?;
    let actions = ["StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"];
    let mut needs: Vec<_> =
        actions.into_iter().map(|action| Need::new(format!("sqs:{action}"), source)).collect();
    needs.extend(encryption::of_queue(source, Use::Read, scope));
    if let Some(destination) = arguments.text("DestinationArn") {
        needs.push(Need::new("sqs:SendMessage", destination));
        needs.extend(encryption::of_queue(destination, Use::Write, scope));
    }
    Ok(needs)
}

fn any(scope: &Scope<'_>) -> String {
    scope.arn("sqs", "*")
}
