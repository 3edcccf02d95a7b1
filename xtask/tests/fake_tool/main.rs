//! Plays `docker` (or another tool) in tests: records each call and gives the answers that the test wrote down.
//!
//! A symlink gives it its name. The folder in `FAKE_TOOL_DIR` holds `answers.json`, and gets one line in `calls.jsonl`
//! for each call and one empty file in `played/` for each answer given. `tests/cli/support.rs` is the other side.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::{Value, json};

/// Of the environment only this is recorded: what decides how the played tools behave.
const RECORDED: [&str; 6] = ["AWS_", "BUILDKIT_", "BUILDX_", "DOCKER_", "NO_COLOR", "SOURCE_DATE_EPOCH"];

/// The exit code for a call that the test did not foresee; no real tool uses it.
const UNFORESEEN: u8 = 97;

fn main() -> ExitCode {
    let mut words = std::env::args();
    let name = words.next().expect("a program has a name");
    let program = Path::new(&name).file_name().expect("a file name").to_string_lossy().into_owned();
    let args: Vec<String> = words.collect();
    // Whoever pipes a secret to us gets a broken pipe unless all of it is read.
    let mut stdin = Vec::new();
    io::stdin().read_to_end(&mut stdin).expect("read stdin");

    let dir = PathBuf::from(std::env::var_os("FAKE_TOOL_DIR").expect("FAKE_TOOL_DIR is set"));
    let answer = choose(&dir, &program, &args);
    let call = json!({
        "program": program,
        "args": args,
        "cwd": std::env::current_dir().expect("a working directory").to_string_lossy(),
        "env": environment(),
        "stdin": String::from_utf8_lossy(&stdin),
        "foreseen": answer.is_some(),
    });
    record(&dir, &call);
    match answer {
        Some(answer) => {
            write_files(&answer, &args);
            play(&answer)
        }
        None => {
            eprintln!("FAKE-TOOL: NO ANSWER FOR: {program} {}", call["args"]);
            ExitCode::from(UNFORESEEN)
        }
    }
}

/// The answers with the longest matching prefix form a sequence, whose last one is given again and again.
fn choose(dir: &Path, program: &str, args: &[String]) -> Option<Value> {
    let text = fs::read_to_string(dir.join("answers.json")).expect("read answers.json");
    let answers: Vec<Value> = serde_json::from_str(&text).expect("answers.json is an array");
    let prefix = |answer: &Value| -> Vec<String> {
        let words = answer["args"].as_array().expect("args is an array");
        words.iter().map(|word| word.as_str().expect("args are texts").to_owned()).collect()
    };
    let longest = answers
        .iter()
        .filter(|answer| answer["program"] == program && args.starts_with(&prefix(answer)))
        .map(|answer| prefix(answer).len())
        .max()?;
    let is_chosen = |answer: &Value| answer["program"] == program && prefix(answer) == args[..longest];
    let sequence: Vec<usize> = (0..answers.len()).filter(|index| is_chosen(&answers[*index])).collect();
    let turn = ticket(&dir.join("played"), sequence[0]);
    Some(answers[sequence[turn.min(sequence.len() - 1)]].clone())
}

/// How often the sequence was played before. Making a file is atomic, so calls at the same time get different tickets.
fn ticket(played: &Path, sequence: usize) -> usize {
    (0..)
        .find(|turn| match File::create_new(played.join(format!("{sequence}-{turn}"))) {
            Ok(_) => true,
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => false,
            Err(error) => panic!("write to {}: {error}", played.display()),
        })
        .expect("numbers do not end")
}

fn environment() -> BTreeMap<String, String> {
    std::env::vars().filter(|(key, _)| RECORDED.iter().any(|prefix| key.starts_with(prefix))).collect()
}

/// One write for the whole line, which Linux appends in one piece.
fn record(dir: &Path, call: &Value) {
    let log = File::options().create(true).append(true).open(dir.join("calls.jsonl"));
    log.and_then(|mut log| log.write_all(format!("{call}\n").as_bytes())).expect("write calls.jsonl");
}

/// Each of `writes` is a flag, a path and a content. The flag's value names a file, or after `dest=` a folder to which
/// the path is added; a call without the flag writes nothing.
fn write_files(answer: &Value, args: &[String]) {
    for write in answer["writes"].as_array().expect("writes are an array") {
        let [flag, path, content] = [0, 1, 2].map(|index| write[index].as_str().expect("a text"));
        let Some(value) = args.iter().skip_while(|arg| *arg != flag).nth(1) else {
            continue;
        };
        let target = match value.split_once("dest=") {
            Some((_, folder)) => Path::new(folder).join(path),
            None => PathBuf::from(value),
        };
        fs::create_dir_all(target.parent().expect("a path")).expect("make a folder");
        fs::write(target, content).expect("write a file");
    }
}

fn play(answer: &Value) -> ExitCode {
    let text = |key: &str| answer[key].as_str().expect("a text").to_owned();
    print!("{}", text("stdout"));
    eprint!("{}", text("stderr"));
    if answer["killed"] == true {
        io::stdout().flush().expect("flush stdout");
        std::process::abort();
    }
    ExitCode::from(u8::try_from(answer["code"].as_u64().expect("a number")).expect("an exit code"))
}
