//! Random walks through states of the sources: after every build that succeeds, the image is its source.
//!
//! E2E_STEPS says how many steps (40 unless said), E2E_SEED repeats the walk of an earlier run.

use std::env;
use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::copy::Stamp;
use crate::fixture::Fixture;
use crate::marks::{self, MEMBERS};
use crate::random::Random;
use crate::states::{FORMS, Files, State, VERSIONS, lay};

const STEPS: usize = 40;

/// One step: a change, a build, a look.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// One member gets a mark that it never had.
    Edit,
    /// Two do.
    EditTwo,
    /// A member's files are laid out otherwise; sometimes the mark stays.
    Reshape,
    /// One member looks as in some earlier state, the others stay.
    Restore,
    /// All is as in some earlier state.
    Revert,
    /// All members get another version.
    Bump,
    /// An edit that does not compile, in one member, with good ones in the others.
    Break,
    /// An edit in all members whose build is killed.
    Kill,
    /// BUILD_VERSION changes.
    Name,
    Nothing,
}

/// What every 40 steps hold, in random order.
const DECK: [(Step, usize); 10] = [
    (Step::Edit, 8),
    (Step::EditTwo, 3),
    (Step::Reshape, 5),
    (Step::Restore, 6),
    (Step::Revert, 5),
    (Step::Bump, 2),
    (Step::Break, 3),
    (Step::Kill, 4),
    (Step::Name, 2),
    (Step::Nothing, 2),
];

/// Where a build can be killed; the last never comes, and so the build ends by itself.
const MOMENTS: [&str; 6] = [
    "sh /run/colony/compile.sh",
    "Compiling shared",
    "Compiling backend",
    "Finished `release`",
    "exporting to",
    "never",
];

struct Walk {
    fixture: Fixture,
    random: Random,
    /// The root manifest of the first state.
    manifest: String,
    state: State,
    /// What lies in the copy; after a step that broke something that is not `state`.
    files: Files,
    history: Vec<State>,
    build_version: Option<String>,
}

#[test]
#[ignore = "needs a Docker engine: cargo xtask ci"]
fn after_any_steps_the_image_is_its_source() {
    let number =
        |key: &str| env::var(key).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{key} is a number")));
    let steps = number("E2E_STEPS").map_or(STEPS, |steps: u64| usize::try_from(steps).expect("a number of steps"));
    let now = || u64::from(std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").subsec_nanos());
    let seed = number("E2E_SEED").unwrap_or_else(now);
    // Straight to stderr, since what a test prints is shown only when it fails.
    writeln!(std::io::stderr(), "E2E_STEPS={steps} E2E_SEED={seed}").expect("stderr is open");

    let mut walk = Walk::new(seed);
    let mut deck = Vec::new();
    for number in 1..=steps {
        if deck.is_empty() {
            deck = DECK.iter().flat_map(|(step, count)| vec![*step; *count]).collect();
            walk.random.shuffle(&mut deck);
        }
        let step = deck.pop().expect("just filled");
        println!("step {number} of E2E_SEED={seed}: {step:?}");
        walk.take(step);
    }
    println!("the last look");
    walk.build();
}

impl Walk {
    fn new(seed: u64) -> Self {
        let fixture = Fixture::new().with_marks();
        let manifest = fixture.copy.read("Cargo.toml");
        let state = State::first();
        let files = state.files(&manifest);
        let history = vec![state.clone()];
        let walk = Self { fixture, random: Random(seed), manifest, state, files, history, build_version: None };
        walk.build();
        walk
    }

    fn take(&mut self, step: Step) {
        let mut next = self.state.clone();
        let member = self.random.below(MEMBERS.len());
        match step {
            Step::Edit => next.members[member].0 = self.fresh_mark(),
            Step::EditTwo => {
                next.members[member].0 = self.fresh_mark();
                next.members[(member + 1) % MEMBERS.len()].0 = self.fresh_mark();
            }
            Step::Reshape => {
                next.members[member].1 = *self.random.pick(&FORMS);
                if self.random.below(2) == 0 {
                    next.members[member].0 = self.fresh_mark();
                }
            }
            Step::Restore => next.members[member] = self.earlier().members[member].clone(),
            Step::Revert => next = self.earlier(),
            Step::Bump => next.version = VERSIONS[self.random.below(VERSIONS.len())],
            Step::Name => self.build_version = Some(format!("v-{}", self.fresh_mark())),
            Step::Break => return self.fail(member),
            Step::Kill => return self.kill(),
            Step::Nothing => {}
        }
        self.go_to(&next);
        self.state = next;
        self.history.push(self.state.clone());
        self.build();
    }

    /// Builds, and looks at what the image was made from.
    fn build(&self) {
        let env: Vec<_> = self.build_version.iter().map(|version| ("BUILD_VERSION", version.as_str())).collect();
        self.fixture.try_colony(&[], &env).exits(0).recompiles_no_dependency();
        let shown = marks::shown(&self.fixture.colony());
        let build = |binary: usize| self.build_version.as_deref().unwrap_or(&shown[binary].build);
        assert_eq!(shown, self.state.shown([build(0), build(1)]), "the image is not its source: {:?}", self.state);
    }

    /// A build of sources that do not compile; whatever it compiled besides must not be seen again.
    fn fail(&mut self, member: usize) {
        let mut broken = self.state.clone();
        broken.members.iter_mut().for_each(|(mark, _)| *mark = format!("{:04x}", self.random.next() & 0xffff));
        let mut files = broken.files(&self.manifest);
        let module = marks::path(MEMBERS[member]);
        let code = "compile_error!(\"broken on purpose\");\n".to_owned();
        // As a second file for a module of the other form it is an error as well.
        files.insert(module, code);
        self.lay(files);
        let before = self.fixture.colony_id();
        let failed = self.fixture.try_colony(&[], &[]);
        failed.exits(1).says("error");
        assert_eq!(self.fixture.colony_id(), before, "a failed build must leave the image alone");
        self.go_to(&self.state.clone());
        self.remember_or_forget(broken);
    }

    /// A build that is killed; then the sources are the new ones or the old ones again.
    fn kill(&mut self) {
        let mut next = self.state.clone();
        next.members.iter_mut().for_each(|(mark, _)| *mark = format!("{:04x}", self.random.next() & 0xffff));
        self.go_to(&next);
        let moment = *self.random.pick(&MOMENTS);
        let pause = u64::try_from(self.random.below(400)).expect("small");
        println!("  killed {pause} ms after `{moment}`");
        let mut build = self.fixture.start(&["build-colony", "--no-push"]);
        if build.says(moment) {
            thread::sleep(Duration::from_millis(pause));
        }
        build.kill();
        self.remember_or_forget(next);
    }

    /// Goes on with a state whose build came to nothing, or with the one before; the next step builds either.
    fn remember_or_forget(&mut self, state: State) {
        self.history.push(state.clone());
        if self.random.below(2) == 0 {
            self.go_to(&state);
            self.state = state;
        } else {
            self.go_to(&self.state.clone());
        }
    }

    fn go_to(&mut self, state: &State) {
        self.lay(state.files(&self.manifest));
    }

    fn lay(&mut self, files: Files) {
        let stamp = *self.random.pick(&[Stamp::Now, Stamp::Old, Stamp::Old, Stamp::Future]);
        lay(&self.fixture.copy, &self.files, &files, stamp);
        self.files = files;
    }

    /// All marks have the same length, so that no file tells by its size that it is another.
    fn fresh_mark(&mut self) -> String {
        format!("{:04x}", self.random.next() & 0xffff)
    }

    fn earlier(&mut self) -> State {
        self.random.pick(&self.history).clone()
    }
}
