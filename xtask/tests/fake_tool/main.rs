//! Plays `docker` (or another tool) in tests: records each call and gives the answers that the test wrote down.
//!
//! A symlink gives it its name. The folder in `FAKE_TOOL_DIR` holds `answers.json`, and gets one line in `calls.jsonl`
//! for each call, one empty file in `played/` for each answer given, and one in `told/`, named by our process number, when a
//! tool that hangs is told to end. `tests/cli/support.rs` is the other side.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signal_hook::consts::{SIGINT, SIGTERM};

/// After this time a tool that hangs gives up, so that a caller that forgot it fails in place of waiting for ever. Far
/// beyond any run, so that no outcome depends on it.
const HANG: Duration = Duration::from_secs(600);

/// What a tool that hangs ends with when it is told to.
const TOLD: u8 = 130;

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
    let answer = several_images(&dir, &program, &args).or_else(|| choose(&dir, &program, &args));
    let call = json!({
        "program": program,
        "args": args,
        "cwd": std::env::current_dir().expect("a working directory").to_string_lossy(),
        "env": std::env::vars().collect::<BTreeMap<_, _>>(),
        "pid": std::process::id(),
        "stdin": String::from_utf8_lossy(&stdin),
        "foreseen": answer.is_some(),
        "hangs": answer.as_ref().is_some_and(|answer| answer["hangs"] == true),
    });
    // Before the record, since whoever reads it may send a signal at once.
    let told = listen();
    record(&dir, &call);
    kill_caller_in_time(&dir);
    match answer {
        Some(answer) => {
            if answer["hangs"] == true {
                return hang(&dir, &told);
            }
            write_files(&answer, &args);
            install(&dir, &answer, &args);
            play(&answer, &args)
        }
        None => {
            eprintln!("FAKE-TOOL: NO ANSWER FOR: {program} {}", call["args"]);
            ExitCode::from(UNFORESEEN)
        }
    }
}

/// Set by the signals that ask a program to end.
fn listen() -> Arc<AtomicBool> {
    let told = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        signal_hook::flag::register(signal, told.clone()).expect("catch signals");
    }
    told
}

/// Waits to be told to end, and notes it. A tool whose caller is gone ends too.
fn hang(dir: &Path, told: &AtomicBool) -> ExitCode {
    let (caller, started) = (std::os::unix::process::parent_id(), Instant::now());
    while !told.load(Ordering::SeqCst) {
        if started.elapsed() > HANG || std::os::unix::process::parent_id() != caller {
            return ExitCode::FAILURE;
        }
        thread::sleep(Duration::from_millis(5));
    }
    File::create(dir.join("told").join(std::process::id().to_string())).expect("note that we were told");
    ExitCode::from(TOLD)
}

/// What docker answers about images of several names is what it answers about each, one after the other.
fn several_images(dir: &Path, program: &str, args: &[String]) -> Option<Value> {
    let (question, names) = args.split_at_checked(4)?;
    let is_question = program == "docker" && question[..2] == ["image", "inspect"];
    if !is_question || names.len() < 2 || names.iter().any(|name| name.starts_with("sha256:")) {
        return None;
    }
    let answers: Vec<Value> = names
        .iter()
        .map(|name| about(name, choose(dir, program, &[question, std::slice::from_ref(name)].concat())))
        .collect();
    let text = |key: &str| answers.iter().map(|answer| answer[key].as_str().expect("a text")).collect::<String>();
    let code = answers.iter().filter_map(|answer| answer["code"].as_u64()).max();
    let mut all = answers[0].clone();
    (all["stdout"], all["stderr"], all["code"]) = (text("stdout").into(), text("stderr").into(), code.into());
    Some(all)
}

/// The answer, in which the image bears the name that was asked for.
fn about(name: &str, answer: Option<Value>) -> Value {
    let mut answer = answer.unwrap_or_else(|| panic!("no answer about the image {name}"));
    if let Ok(mut image) = serde_json::from_str::<Value>(answer["stdout"].as_str().expect("a text")) {
        if let Some(names) = image["RepoTags"].as_array_mut() {
            names.push(name.into());
        } else {
            image["RepoTags"] = json!([name]);
        }
        answer["stdout"] = format!("{image}\n").into();
    }
    answer["stderr"] = answer["stderr"].as_str().expect("a text").replace("{last}", name).into();
    answer
}

/// The answers with the longest matching prefix form a sequence, whose last one is given again and again.
fn choose(dir: &Path, program: &str, args: &[String]) -> Option<Value> {
    let text = fs::read_to_string(dir.join("answers.json")).expect("read answers.json");
    let answers: Vec<Value> = serde_json::from_str(&text).expect("answers.json is an array");
    let prefix = |answer: &Value| -> Vec<String> {
        let words = answer["args"].as_array().expect("args is an array");
        words.iter().map(|word| word.as_str().expect("args are texts").to_owned()).collect()
    };
    let calls = fs::read_to_string(dir.join("calls.jsonl")).unwrap_or_default();
    let was_pushed = args.last().is_some_and(|last| calls.contains(&json!(["push", last]).to_string()));
    let fits = |answer: &Value| answer["program"] == program && (was_pushed || answer["pushed"] != true);
    let matches = |answer: &Value| fits(answer) && args.starts_with(&prefix(answer));
    // What holds since a push comes before what held until then.
    let rank = |answer: &Value| (answer["pushed"] == true, prefix(answer).len());
    let (pushed, longest) = answers.iter().filter(|answer| matches(answer)).map(rank).max()?;
    let is_chosen = |answer: &Value| matches(answer) && rank(answer) == (pushed, longest);
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

/// One write for the whole line, which Linux appends in one piece.
fn record(dir: &Path, call: &Value) {
    let log = File::options().create(true).append(true).open(dir.join("calls.jsonl"));
    log.and_then(|mut log| log.write_all(format!("{call}\n").as_bytes())).expect("write calls.jsonl");
}

/// Ends the program that called us once as many calls were made as `FAKE_TOOL_KILLS` says. The call itself is made.
fn kill_caller_in_time(dir: &Path) {
    let Some(limit) = std::env::var("FAKE_TOOL_KILLS").ok().and_then(|limit| limit.parse::<usize>().ok()) else {
        return;
    };
    if fs::read_to_string(dir.join("calls.jsonl")).expect("just written").lines().count() >= limit {
        // One that another call has killed is as good.
        let kill = format!("kill -KILL {} 2>&-", std::os::unix::process::parent_id());
        drop(Command::new("/bin/sh").args(["-c", &kill]).status());
    }
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
            None if value.starts_with("type=") => continue,
            None => PathBuf::from(value),
        };
        fs::create_dir_all(target.parent().expect("a path")).expect("make a folder");
        fs::write(target, content).expect("write a file");
    }
}

/// Each of `installs` is a flag and a path below the folder that the flag's value names; without a flag, a name below
/// the folder that is on PATH.
fn install(dir: &Path, answer: &Value, args: &[String]) {
    for program in answer["installs"].as_array().expect("programs are an array") {
        let [flag, path] = [0, 1].map(|index| program[index].as_str().expect("a text"));
        let folder = match flag {
            "" => dir.join("bin"),
            flag => PathBuf::from(args.iter().skip_while(|arg| *arg != flag).nth(1).expect("the flag has a value")),
        };
        let place = folder.join(path);
        fs::create_dir_all(place.parent().expect("below a folder")).expect("make a folder");
        symlink(std::env::current_exe().expect("our own path"), place).expect("make a symlink");
    }
}

/// `{last}` in its words stands for the last argument.
fn play(answer: &Value, args: &[String]) -> ExitCode {
    let last = args.last().map_or("", String::as_str);
    let text = |key: &str| answer[key].as_str().expect("a text").to_owned();
    print!("{}", text("stdout"));
    eprint!("{}", text("stderr").replace("{last}", last));
    if answer["killed"] == true {
        io::stdout().flush().expect("flush stdout");
        std::process::abort();
    }
    ExitCode::from(u8::try_from(answer["code"].as_u64().expect("a number")).expect("an exit code"))
}
