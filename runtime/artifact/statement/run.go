package statement

import (
	"context"
	"net/url"
	"os/exec"
	"strings"
)

// Environment is the run as the environment of a well-known CI tells it; the
// zero value where there is none. Anyone can set these variables: what they
// say is worth as much as the key that signs it.
func Environment(lookup func(name string) string) Run {
	switch {
	case lookup("GITHUB_ACTIONS") == "true":
		repository := lookup("GITHUB_SERVER_URL") + "/" + lookup("GITHUB_REPOSITORY")
		return Run{
			Builder:    lookup("GITHUB_SERVER_URL") + "/" + lookup("GITHUB_WORKFLOW_REF"),
			Invocation: repository + "/actions/runs/" + lookup("GITHUB_RUN_ID") + "/attempts/" + lookup("GITHUB_RUN_ATTEMPT"),
			Source:     Source{Repository: repository, Commit: lookup("GITHUB_SHA")},
		}
	case lookup("GITLAB_CI") == "true":
		return Run{
			Builder:    lookup("CI_PROJECT_URL") + "/-/runners/" + lookup("CI_RUNNER_ID"),
			Invocation: lookup("CI_JOB_URL"),
			Source:     Source{Repository: lookup("CI_PROJECT_URL"), Commit: lookup("CI_COMMIT_SHA")},
		}
	case lookup("JENKINS_URL") != "":
		return Run{
			Builder:    lookup("JENKINS_URL"),
			Invocation: lookup("BUILD_URL"),
			Source:     Source{Repository: withoutSecrets(lookup("GIT_URL")), Commit: lookup("GIT_COMMIT")},
		}
	}
	return Run{}
}

// Workspace is the commit that a folder is at, by asking git; the zero value
// where it is of no repository, or there is no git.
func Workspace(ctx context.Context, folder string) Source {
	git := func(args ...string) (string, bool) {
		out, err := exec.CommandContext(ctx, "git", append([]string{"-C", folder}, args...)...).Output()
		return strings.TrimSpace(string(out)), err == nil
	}
	commit, ok := git("rev-parse", "--verify", "HEAD^{commit}")
	if !ok {
		return Source{}
	}
	changed, ok := git("status", "--porcelain")
	s := Source{Commit: commit, Modified: changed != "" || !ok}
	if remote, ok := git("remote", "get-url", "origin"); ok {
		s.Repository = withoutSecrets(remote)
	}
	return s
}

// withoutSecrets is a repository's address without a user's name and password,
// and "" where it is a path of this machine.
func withoutSecrets(remote string) string {
	if host, path, ok := strings.Cut(remote, ":"); ok && !strings.Contains(remote, "://") && !strings.ContainsAny(host, `/\`) && len(host) > 1 {
		// As scp has it: git@host:path.
		if _, after, ok := strings.Cut(host, "@"); ok {
			host = after
		}
		remote = "ssh://" + host + "/" + strings.TrimPrefix(path, "/")
	}
	parsed, err := url.Parse(remote)
	if err != nil || parsed.Host == "" {
		return ""
	}
	parsed.User, parsed.RawQuery, parsed.Fragment = nil, "", ""
	return parsed.String()
}
