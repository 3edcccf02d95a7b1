//! `cargo xtask ci`: all that CI checks, in the order of its cost.

use std::thread;

use crate::cli;
use crate::context::Ctx;
use crate::doctor::{self, Choice};
use crate::process::invocation::Invocation;
use crate::process::threads::joined;

/// The end-to-end tests share one engine and one set of image names, so they run one after the other.
const END_TO_END: [&str; 7] = ["test", "--package", "xtask", "--test", "e2e", "--", "--include-ignored"];

/// What takes long and asks nothing of the image store but what the other tests ask, and what needs a network of
/// its own, for which the second engine makes no firewall rules; or what the classic store alone does, which keeps an image
/// that lost its name. On the second store it is left out.
const FOR_THE_FIRST_STORE: [&str; 18] = [
    "compose::",
    "profile::",
    "property::",
    "killed::",
    "regressions::",
    "layout::",
    "cached_base::edits_that",
    "edits::a_binary_that_stays_the_same",
    "seeded_base::a_base_is_made_in",
    "clean::",
    "failures::",
    "scripts::",
    "setup::",
    "signed::",
    "pull_base::",
    "every_shape::",
    "table::",
    "workflow::",
];

/// What takes long and asks nothing of the image store either: tools and flags of the compiling step. On the first store, which
/// has the more to do, it is left out, so that both end at about the same time.
const FOR_THE_SECOND_STORE: [&str; 2] = ["busybox::", "flags::"];

/// What takes two engines, the one at hand and the one that is started for the other store.
const FOR_TWO_ENGINES: [&str; 1] = ["two_machines::"];

/// For trying by hand, since they take minutes: programs that nobody here wrote, beside which the small workspaces of all
/// shapes stand, releases on one machine, beside which stand those on two, and a cache in a registry, whose test drops all
/// that BuildKit keeps.
const BY_HAND: [&str; 3] = ["published::", "registry_cache::", "release::"];

/// One known sequence of edits for the property test, so that a red run is the change's own doing. It is the one that
/// once found an old compilation passing for fresh; other seeds are for searching by hand.
const SEED: &str = "358110708";

impl cli::Ci {
    pub(crate) fn run(self, ctx: &Ctx) -> anyhow::Result<()> {
        let Self { chef, runtime, install } = self;
        if install {
            ctx.report.step("install what is missing", || {
                doctor::install(ctx, &Choice::of_images(&chef.chef_image, &runtime.runtime_image))?;
                // The tests look at processes, and give an engine of their own a network.
                doctor::install_packages(ctx, &["shellcheck", "procps", "iproute2", "iptables"])?;
                doctor::install_test_tools(ctx)
            })?;
        }
        // `clean --all` in another terminal leaves them alone as long as this lives.
        let _tools = doctor::hold_test_tools(ctx)?;
        let cargo = Invocation::cargo;
        let lints = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
        let of_a_copy =
            ["clippy", "--package", "xtask", "--bin", "xtask", "--no-default-features", "--", "--deny", "warnings"];
        let scripts = [
            "Docker/build-and-push-base.sh",
            "Docker/build-and-push-colony.sh",
            "Docker/compile.sh",
            "Docker/seed.sh",
            "xtask/src/cli/completions/cargo.bash",
            "xtask/tests/e2e/published.sh",
            "xtask/tests/e2e/second_engine.sh",
            ".ci/run",
        ];
        let without = |tests: &'static [&str]| tests.iter().flat_map(|test| ["--skip", test]);
        let end_to_end = |store| {
            let all = cargo().args(END_TO_END).arg("--test-threads=1").env("E2E_STORE", store);
            all.args(without(&BY_HAND))
        };
        let workflow = ".github/workflows/images.yml";
        let tool = |name: &str| doctor::test_tool(ctx, name);
        let steps = [
            ("format", cargo().args(["fmt", "--all", "--check"])),
            ("shell scripts", Invocation::new("shellcheck").args(scripts)),
            (
                "workflow: schema",
                tool("check-jsonschema")?.args(["--builtin-schema", "vendor.github-workflows", workflow]),
            ),
            (
                "workflow: audit",
                tool("zizmor")?.args(["--offline", "--no-progress", "--persona", "pedantic", workflow]),
            ),
            ("workflow: what the table gives", cargo().args(["xtask", "ci-setup", "github", "--check"])),
            ("lints of all members, the gui included", cargo().args(lints)),
            ("lints of what a copy for another workspace has", cargo().args(of_a_copy)),
            ("tests", cargo().arg("test")),
            ("tests of the benchmark", cargo().args(["test", "--package", "xtask-bench"])),
        ];
        for (name, call) in steps {
            ctx.report.step(name, || ctx.runner.stream(name, &call))?;
        }
        on_both_stores(
            ctx,
            &end_to_end("classic")
                .env("E2E_SEED", SEED)
                .args(without(&FOR_THE_SECOND_STORE))
                .args(without(&FOR_TWO_ENGINES)),
            &end_to_end("containerd").args(without(&FOR_THE_FIRST_STORE)),
        )?;
        ctx.report.summary::<&str>("ci", &[]);
        Ok(())
    }
}

/// At the same time: the engines are two, and either leaves a core idle for half of its time. What the second one has to
/// say comes when both are done, and a failure of one does not hide that of the other.
fn on_both_stores(ctx: &Ctx, classic: &Invocation, containerd: &Invocation) -> anyhow::Result<()> {
    let beside = &ctx.aside();
    thread::scope(|scope| {
        let name = "end-to-end tests, containerd image store";
        let second = scope.spawn(move || {
            beside.report.step(name, || {
                let answer = beside.runner.probe(containerd)?;
                beside.report.info(format!("{}\n{}", answer.stderr, answer.stdout));
                anyhow::ensure!(answer.success, "{name} failed");
                Ok(())
            })
        });
        let name = "end-to-end tests, classic image store";
        let first = ctx.report.step(name, || ctx.runner.stream(name, classic));
        let second = joined(second);
        ctx.report.absorb(&beside.report);
        first.and(second)
    })
}
