//! The frames that the host writes: batches and configurations. A frame that isn't as the contract
//! says is a fault of the host, and stops the module.

/// A batch of messages.
pub struct Batch<'f> {
    /// The messages' texts, one byte after each.
    payload: &'f [u8],
    ends: &'f [u8],
    meta: &'f [u8],
    meta_ends: Option<&'f [u8]>,
    /// The batch's time.
    pub now: i64,
    /// Whether the host asks for a trace.
    pub trace: bool,
    /// The origin, and the messages' numbers there.
    identities: Option<(&'f [u8; 16], &'f [u8])>,
    /// The whole payload is UTF-8.
    utf8: bool,
}

const HEADER: usize = 48;
/// The bit of the header's flags that asks for a trace.
pub(crate) const TRACE: usize = 1;
const BAD: &str = "the host's frame isn't as the contract says";

impl<'f> Batch<'f> {
    /// Reads a frame. The bytes between messages become line feeds, so that no character can reach
    /// from one message into the next.
    pub fn read(frame: &'f mut [u8]) -> Batch<'f> {
        assert!(frame.len() >= HEADER, "{BAD}");
        let count = word(frame, 0);
        let payload = (word(frame, 4), word(frame, 8));
        let ends = (word(frame, 12), 4 * count);
        separate(frame, payload, ends);
        let frame = &*frame;
        let meta_ends = word(frame, 24);
        let payload = part(frame, payload);
        Batch {
            payload,
            ends: part(frame, ends),
            meta: part(frame, (word(frame, 16), word(frame, 20))),
            meta_ends: (meta_ends != 0).then(|| part(frame, (meta_ends, 4 * count))),
            trace: word(frame, 28) & TRACE != 0,
            now: i64::from_le_bytes(frame[32..40].try_into().expect(BAD)),
            identities: identities(frame, count),
            utf8: simdutf8::basic::from_utf8(payload).is_ok(),
        }
    }

    /// The number of messages.
    pub fn len(&self) -> usize {
        self.ends.len() / 4
    }

    /// A message's text, or nothing where it isn't UTF-8.
    #[inline]
    pub fn message(&self, index: usize) -> Option<&'f [u8]> {
        let text = slice(self.payload, self.ends, index);
        (self.utf8 || std::str::from_utf8(text).is_ok()).then_some(text)
    }

    /// Who a message is: its origin and its number there; all zero where the host wasn't asked.
    pub fn identity(&self, index: usize) -> ([u8; 16], u64) {
        let Some((origin, numbers)) = self.identities else {
            return ([0; 16], 0);
        };
        let number = numbers[8 * index..].first_chunk().expect(BAD);
        (*origin, u64::from_le_bytes(*number))
    }

    /// A message's metadata, if there is any.
    pub fn meta(&self, index: usize) -> Option<&'f [u8]> {
        let text = slice(self.meta, self.meta_ends?, index);
        std::str::from_utf8(text).ok()?;
        crate::context::check_meta(text)
    }
}

fn identities(frame: &[u8], count: usize) -> Option<(&[u8; 16], &[u8])> {
    let at = word(frame, 40);
    (at != 0).then(|| {
        part(frame, (at, 16 + 8 * count))
            .split_first_chunk()
            .expect(BAD)
    })
}

/// Puts a line feed after each message but the last, which has the payload's end behind it.
fn separate(frame: &mut [u8], payload: (usize, usize), ends: (usize, usize)) {
    for index in 0..ends.1 / 4 {
        let end = word(frame, ends.0 + 4 * index);
        if end < payload.1 {
            frame[payload.0 + end] = b'\n';
        }
    }
}

fn slice<'f>(payload: &'f [u8], ends: &[u8], index: usize) -> &'f [u8] {
    let start = if index == 0 {
        0
    } else {
        word(ends, 4 * index - 4) + 1
    };
    &payload[start..word(ends, 4 * index)]
}

/// The parts of a configuration frame: the variables' values, and the tables.
pub fn configuration(frame: &[u8]) -> (Vec<&[u8]>, Vec<&[u8]>) {
    let (vars, next) = list(frame, 0);
    let (tables, _) = list(frame, next);
    (vars, tables)
}

fn list(frame: &[u8], at: usize) -> (Vec<&[u8]>, usize) {
    let count = word(frame, at);
    let entry = |i| {
        part(
            frame,
            (word(frame, at + 4 + 8 * i), word(frame, at + 8 + 8 * i)),
        )
    };
    ((0..count).map(entry).collect(), at + 4 + 8 * count)
}

fn part(frame: &[u8], (start, len): (usize, usize)) -> &[u8] {
    start
        .checked_add(len)
        .and_then(|end| frame.get(start..end))
        .expect(BAD)
}

fn word(frame: &[u8], at: usize) -> usize {
    let bytes = frame
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .expect(BAD);
    u32::from_le_bytes(*bytes) as usize
}

/// Writes a batch as the host does.
#[cfg(test)]
pub(crate) fn write(messages: &[&[u8]], metas: Option<&[&str]>, now: i64) -> Vec<u8> {
    fn join(parts: &[&[u8]]) -> (Vec<u8>, Vec<u8>) {
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        for part in parts {
            bytes.extend_from_slice(part);
            ends.extend((bytes.len() as u32).to_le_bytes());
            bytes.push(0xa9);
        }
        (bytes, ends)
    }
    let (payload, ends) = join(messages);
    let metas: Vec<&[u8]> = metas
        .unwrap_or_default()
        .iter()
        .map(|m| m.as_bytes())
        .collect();
    let (meta, meta_ends) = join(&metas);
    let mut at = HEADER;
    let mut place = |len: usize| {
        at += len;
        (at - len) as u32
    };
    let ends_at = place(ends.len());
    let meta_ends_at = place(meta_ends.len());
    let payload_at = place(payload.len());
    let meta_at = place(meta.len());
    let meta_ends_at = if metas.is_empty() { 0 } else { meta_ends_at };
    let mut frame = Vec::new();
    let sizes = [
        messages.len() as u32,
        payload_at,
        payload.len() as u32,
        ends_at,
        meta_at,
        meta.len() as u32,
    ];
    for n in sizes.into_iter().chain([meta_ends_at, 0]) {
        frame.extend(n.to_le_bytes());
    }
    frame.extend(now.to_le_bytes());
    frame.extend([0; 8]);
    for bytes in [ends, meta_ends, payload, meta] {
        frame.extend(bytes);
    }
    frame
}

/// Says who the messages of a frame are, as the host does where it is asked.
#[cfg(test)]
pub(crate) fn identify(frame: &mut Vec<u8>, origin: [u8; 16], numbers: &[u64]) {
    let at = frame.len() as u32;
    frame[40..44].copy_from_slice(&at.to_le_bytes());
    frame.extend(origin);
    frame.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_and_metadata_come_out_as_they_went_in() {
        let mut frame = write(&[b"{}", b"", b"[1]"], Some(&[r#"{"a":1}"#, "[]", "{"]), -5);
        let batch = Batch::read(&mut frame);
        assert_eq!((batch.len(), batch.now), (3, -5));
        let messages: Vec<_> = (0..3).map(|i| batch.message(i)).collect();
        assert_eq!(messages, [Some(&b"{}"[..]), Some(b""), Some(b"[1]")]);
        let metas: Vec<_> = (0..3).map(|i| batch.meta(i)).collect();
        assert_eq!(metas, [Some(&br#"{"a":1}"#[..]), None, None]);
    }

    #[test]
    fn one_message_that_is_no_utf8_spoils_only_itself() {
        // The separator 0xa9 would complete the character that the second message begins.
        let mut frame = write(&["\"é\"".as_bytes(), b"\"\xc3", b"{}"], None, 0);
        let batch = Batch::read(&mut frame);
        let good: Vec<bool> = (0..3).map(|i| batch.message(i).is_some()).collect();
        assert_eq!(good, [true, false, true]);
        assert_eq!(batch.meta(0), None);
    }

    #[test]
    fn a_frame_that_is_cut_off_stops_the_module() {
        let whole = write(&[b"{}", b"{}"], None, 0);
        for end in 0..whole.len() - 1 {
            let mut frame = whole[..end].to_vec();
            let read = std::panic::catch_unwind(move || {
                let batch = Batch::read(&mut frame);
                assert!((0..batch.len()).all(|i| batch.message(i).is_some()));
            });
            assert!(read.is_err(), "{end}");
        }
    }

    #[test]
    fn a_configuration_is_two_lists() {
        // Two variables, `1` and `"x"`, and a table of no bytes.
        let mut frame: Vec<u8> = [2u32, 32, 1, 33, 3, 1, 36, 0]
            .iter()
            .flat_map(|n| n.to_le_bytes())
            .collect();
        frame.extend(b"1\"x\"");
        assert_eq!(
            configuration(&frame),
            (vec![&b"1"[..], b"\"x\""], vec![&b""[..]])
        );
    }
}
