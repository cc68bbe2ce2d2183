"""What git's process sees of the variables."""

from __future__ import annotations

from pm_autofill.publish.remote import Remote

TOKENS = {
    f"{name}_TOKEN": "canary" for name in ("PAGERDUTY", "PROMETHEUS", "GRAFANA", "GITHUB", "GITLAB", "SLACK", "CI_JOB")
}


def test_git_gets_no_tokens_and_no_settings_of_others() -> None:
    """Those of the sources are none of its business, nor of what it starts; nor is what steers git or Python."""
    steering = {
        "GIT_SSH": "x",
        "GIT_CONFIG_PARAMETERS": "x",
        "GIT_EXEC_PATH": "x",
        "LD_PRELOAD": "x",
        "PYTHONPATH": "x",
    }
    given = {**TOKENS, **steering, "PATH": "/bin", "HOME": "/home/ann", "https_proxy": "http://proxy:1"}
    seen = Remote("https://host.example/a/b.git", {"Authorization": "Basic canary"}).environment(given)

    assert not (TOKENS.keys() | steering.keys()) & seen.keys()
    assert [name for name, value in seen.items() if "canary" in value] == ["GIT_CONFIG_VALUE_5"]
    assert seen["GIT_CONFIG_KEY_5"] == "http.https://host.example/a/b.git.extraHeader"
    assert (seen["PATH"], seen["HOME"], seen["https_proxy"]) == ("/bin", "/home/ann", "http://proxy:1")


def test_the_author_is_who_the_user_says() -> None:
    """Git's own variables for who commits are kept, and have a default."""
    seen = Remote("/srv/a.git", {}).environment({"GIT_AUTHOR_NAME": "Ann"})

    assert (seen["GIT_AUTHOR_NAME"], seen["GIT_COMMITTER_NAME"]) == ("Ann", "pm-autofill")
