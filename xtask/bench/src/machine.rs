//! Where and when the numbers were made.

use std::fs;
use std::thread::available_parallelism;

use anyhow::Context;

use crate::docker::docker;
use crate::process::capture;

/// What the numbers depend on besides the sources.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory: String,
    pub(crate) engine: String,
    pub(crate) buildx: String,
    pub(crate) rust: String,
}

impl Machine {
    /// `chef_image` is where everything is compiled.
    pub(crate) fn look(chef_image: &str) -> anyhow::Result<Self> {
        let docker = |what: &str, args: &[&str]| capture(what, &mut docker(args));
        let file = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let rustc = ["run", "--rm", "--network", "none", "--entrypoint", "rustc", chef_image, "--version"];
        let version = docker("ask for the version of buildx", &["buildx", "version"])?;
        Ok(Self {
            cpu: cpu(&file("/proc/cpuinfo")),
            cores: available_parallelism().context("count the cores")?.get(),
            memory: memory(&file("/proc/meminfo")),
            engine: docker("ask for the version of the engine", &["version", "--format", "{{.Server.Version}}"])?,
            // Package, version, revision.
            buildx: version.split_whitespace().nth(1).unwrap_or(&version).to_owned(),
            rust: docker("ask for the version of the compiler", &rustc)?,
        })
    }

    pub(crate) fn describe(&self) -> String {
        let Self { cpu, cores, memory, engine, buildx, rust } = self;
        format!("{cpu}, {cores} cores, {memory} of memory, Docker {engine}, buildx {buildx}, {rust}")
    }
}

fn cpu(cpuinfo: &str) -> String {
    let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
    model.and_then(|line| line.split_once(": ")).map_or("unknown processor", |(_, model)| model).trim().to_owned()
}

fn memory(meminfo: &str) -> String {
    let kilobytes = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let kilobytes: Option<u64> = kilobytes.and_then(|text| text.parse().ok());
    kilobytes
        .map_or_else(|| "an unknown amount".to_owned(), |kilobytes| format!("{} GiB", (kilobytes + (1 << 19)) >> 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_and_memory_are_read_from_what_the_kernel_says() {
        assert_eq!(cpu("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n"), "Some CPU @ 2 GHz");
        assert_eq!(memory("MemFree: 1 kB\nMemTotal:       25000000 kB\n"), "24 GiB");
        assert_eq!((cpu(""), memory("")), ("unknown processor".to_owned(), "an unknown amount".to_owned()));
    }
}
