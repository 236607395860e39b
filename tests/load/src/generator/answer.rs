//! Reading answers: as much of HTTP/1.1 (RFC 9112) as a redirect and its error pages use.

/// A complete answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Answer<'a> {
    /// The status code.
    pub(super) status: u16,
    head: &'a [u8],
}

/// What is not an answer that this reader knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

impl<'a> Answer<'a> {
    /// The answer that `bytes` hold, and nothing else; none while a part of it is missing.
    pub(super) fn parse(bytes: &'a [u8], has_body: bool) -> Result<Option<Self>, Malformed> {
        let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
        let head = bytes.get(..end).ok_or(Malformed)?;
        let status =
            head.strip_prefix(b"HTTP/1.1 ").and_then(|line| number(line.get(..3)?)).ok_or(Malformed)?;
        let answer = Self { status: u16::try_from(status).map_err(|_| Malformed)?, head };
        let body =
            if has_body { answer.header(b"content-length").and_then(number).ok_or(Malformed)? } else { 0 };
        match bytes.len().cmp(&(end + 4 + body)) {
            std::cmp::Ordering::Less => Ok(None),
            std::cmp::Ordering::Equal => Ok(Some(answer)),
            std::cmp::Ordering::Greater => Err(Malformed),
        }
    }

    /// The value of a header; `name` is in lower case.
    pub(super) fn header(&self, name: &[u8]) -> Option<&'a [u8]> {
        self.head.split(|byte| *byte == b'\n').find_map(|line| {
            let (found, value) = line.split_at_checked(name.len())?;
            let value = found.eq_ignore_ascii_case(name).then(|| value.strip_prefix(b":")).flatten()?;
            Some(value.trim_ascii())
        })
    }
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOUND: &[u8] = b"HTTP/1.1 302 Found\r\nlocation: https://x.example/\r\nContent-Length: 0\r\n\r\n";
    const MISSING: &[u8] = b"HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnone";

    #[test]
    fn a_whole_answer_is_read() {
        let answer = Answer::parse(FOUND, true).unwrap().unwrap();
        assert_eq!(answer.status, 302);
        assert_eq!(answer.header(b"location"), Some(&b"https://x.example/"[..]));
        assert_eq!(Answer::parse(MISSING, true).unwrap().unwrap().status, 404);
    }

    #[test]
    fn a_part_of_an_answer_is_waited_for() {
        for length in 0..MISSING.len() {
            assert_eq!(Answer::parse(&MISSING[..length], true), Ok(None), "{length}");
        }
    }

    #[test]
    fn an_answer_to_head_has_no_body() {
        let head = &MISSING[..MISSING.len() - 4];
        assert_eq!(Answer::parse(head, false).unwrap().unwrap().status, 404);
        assert_eq!(Answer::parse(MISSING, false), Err(Malformed));
    }

    #[test]
    fn anything_else_is_refused() {
        assert_eq!(Answer::parse(b"SSH-2.0-x\r\n\r\n", true), Err(Malformed));
        assert_eq!(Answer::parse(b"HTTP/1.1 200 OK\r\n\r\n", true), Err(Malformed), "no length");
    }
}
