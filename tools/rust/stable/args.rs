//! The rewriting of a command line.

/// Rewrites a command line of rustc that runs in `directory`: the crate's metadata becomes its name and `version`, and
/// paths lose what Bazel put before them.
pub fn stable(arguments: &[String], version: &str, directory: &str) -> Vec<String> {
    let name = arguments
        .iter()
        .find_map(|argument| argument.strip_prefix("--crate-name="))
        .unwrap_or_default();
    let mut rewritten: Vec<String> = arguments
        .iter()
        .map(
            |argument| match argument.strip_prefix("--codegen=metadata=") {
                Some(_) => format!("--codegen=metadata={name}-{version}"),
                None => argument.clone(),
            },
        )
        .collect();
    let root = arguments
        .iter()
        .find(|argument| !argument.starts_with('-') && argument.ends_with(".rs"));
    if let Some(prefix) = root.and_then(|root| bazel_prefix(root)) {
        // Build scripts write below bazel-out, and rustc is told of that by an absolute path. The last flag that
        // fits a path wins.
        rewritten.push(format!("--remap-path-prefix={prefix}="));
        rewritten.push(format!("--remap-path-prefix={directory}/{prefix}="));
    }
    rewritten
}

/// What of a path is Bazel's: `bazel-out/CONFIGURATION/bin/`, `external/REPOSITORY/`, or one after the other.
fn bazel_prefix(path: &str) -> Option<&str> {
    let mut rest = path;
    for (first, folders) in [("bazel-out/", 3), ("external/", 2)] {
        if rest.starts_with(first) {
            rest = skip_folders(rest, folders)?;
        }
    }
    let prefix = &path[..path.len() - rest.len()];
    (!prefix.is_empty()).then_some(prefix)
}

fn skip_folders(path: &str, count: usize) -> Option<&str> {
    path.match_indices('/')
        .nth(count - 1)
        .map(|(slash, _)| &path[slash + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arguments: &[&str]) -> Vec<String> {
        let arguments: Vec<String> = arguments.iter().map(|a| a.to_string()).collect();
        stable(&arguments, "1.2.3", "/execroot")
    }

    #[test]
    fn metadata_is_name_and_version() {
        let flags = [
            "--crate-name=it",
            "--codegen=metadata=-123",
            "--codegen=extra-filename=-123",
        ];
        assert_eq!(
            run(&flags),
            [
                "--crate-name=it",
                "--codegen=metadata=it-1.2.3",
                "--codegen=extra-filename=-123"
            ]
        );
    }

    #[test]
    fn a_crate_without_metadata_gets_none() {
        assert_eq!(
            run(&["lib.rs", "--crate-name=it"]),
            ["lib.rs", "--crate-name=it"]
        );
    }

    #[test]
    fn root_and_dependency_have_the_same_paths() {
        let dependency = run(&["external/weavster~/codegen/guest/src/lib.rs"]);
        assert_eq!(dependency[1], "--remap-path-prefix=external/weavster~/=");
        assert_eq!(run(&["codegen/guest/src/lib.rs"]).len(), 1);
    }

    #[test]
    fn generated_sources_lose_the_configuration() {
        for (root, prefix) in [
            ("bazel-out/k8-opt/bin/flows/lib.rs", "bazel-out/k8-opt/bin/"),
            (
                "bazel-out/k8-opt/bin/external/w~/f/lib.rs",
                "bazel-out/k8-opt/bin/external/w~/",
            ),
        ] {
            assert_eq!(
                run(&[root])[1..],
                [
                    format!("--remap-path-prefix={prefix}="),
                    format!("--remap-path-prefix=/execroot/{prefix}=")
                ]
            );
        }
    }
}
