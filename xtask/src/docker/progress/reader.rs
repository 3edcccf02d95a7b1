//! Tells records from plain text in what buildx writes to stderr.
//!
//! A record is one JSON object: indented over several lines before buildx 0.15, on one line since. Errors come as plain
//! text in between (<https://github.com/docker/buildx/issues/2967>).

use crate::docker::progress::record::SolveStatus;

/// The lines of a record that is not whole yet.
#[derive(Debug, Default)]
pub(crate) struct Reader(String);

/// One thing that the stream holds.
#[derive(Debug)]
pub(crate) enum Piece {
    Record(SolveStatus),
    /// A line that belongs to no record.
    Text(String),
}

impl Reader {
    /// Takes a line without its line break. `None` while a record is not whole.
    pub(crate) fn take(&mut self, line: &str) -> Option<Piece> {
        let line = line.trim_end_matches('\r');
        if self.0.is_empty() {
            if !line.starts_with('{') {
                return Some(Piece::Text(line.to_owned()));
            }
            if let Ok(record) = serde_json::from_str(line) {
                return Some(Piece::Record(record));
            }
            if line != "{" {
                return Some(Piece::Text(line.to_owned()));
            }
        }
        self.0.push_str(line);
        self.0.push('\n');
        if line != "}" {
            return None;
        }
        let whole = std::mem::take(&mut self.0);
        Some(serde_json::from_str(&whole).map_or(Piece::Text(whole), Piece::Record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(stream: &str) -> Vec<Piece> {
        let mut reader = Reader::default();
        stream.lines().filter_map(|line| reader.take(line)).collect()
    }

    fn data(piece: &Piece) -> &[u8] {
        match piece {
            Piece::Record(status) => &status.logs[0].data,
            Piece::Text(text) => panic!("a text: {text}"),
        }
    }

    #[test]
    fn both_forms_of_a_record_are_read() {
        let indented = "{\n  \"logs\": [\n    {\n      \"vertex\": \"v\",\n      \"stream\": 1,\n      \
                        \"data\": \"cmVwb3J0IDEK\"\n    }\n  ]\n}\n";
        let compact = "{\"logs\":[{\"vertex\":\"v\",\"stream\":1,\"data\":\"cmVwb3J0IDEK\"}]}\n";
        for stream in [indented, compact] {
            let pieces = pieces(stream);
            assert_eq!(pieces.len(), 1, "{pieces:?}");
            assert_eq!(data(&pieces[0]), b"report 1\n");
        }
    }

    #[test]
    fn text_between_records_stays_text() {
        let pieces =
            pieces("{\n  \"logs\": []\n}\nDockerfile:2\n{ not JSON }\n{\"logs\":[]}\nERROR: failed to solve\n");
        let texts: Vec<&str> = pieces
            .iter()
            .filter_map(|piece| if let Piece::Text(text) = piece { Some(text.as_str()) } else { None })
            .collect();
        assert_eq!(texts, ["Dockerfile:2", "{ not JSON }", "ERROR: failed to solve"]);
    }
}
