using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Cli.Tests;

/// <summary>The verbs that need no mount, and what the program answers to misuse.</summary>
public sealed class RepositoryVerbTests : IDisposable
{
    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public void Repositories_are_created_listed_and_deleted_by_name()
    {
        _world.Run("create", "earthmover/ocean").Succeed();
        _world.Run("create", "earthmover/air").Succeed();
        Assert.Equal("earthmover/air\nearthmover/ocean\n", _world.Run("list").Succeed());
        Assert.Equal("[\"earthmover/air\",\"earthmover/ocean\"]\n", _world.Run("list", "--json").Succeed());

        _world.Run("delete", "earthmover/ocean", "--imsure", "--imreallysure").Succeed();
        Assert.Equal("earthmover/air\n", _world.Run("list").Succeed());
        Assert.False(Directory.Exists(_world.RepositoryFolder("earthmover/ocean")));
    }

    [Fact]
    public void A_repository_is_created_behind_a_fence()
    {
        _world.Run("create", "earthmover/ocean").Succeed();
        _world.Run("create", "earthmover/fenced", "--fence").Succeed();
        var (plain, fenced) = (ConfigOf("earthmover/ocean"), ConfigOf("earthmover/fenced"));
        Assert.Equal(("", true), (plain, fenced.Contains("unsafe_use_conditional_update", StringComparison.Ordinal)));

        string ConfigOf(string repository)
        {
            string file = Path.Combine(_world.RepositoryFolder(repository), "repo");
            return System.Text.Encoding.Latin1.GetString(Icechunk.RepoInfo.Decode(file, File.ReadAllBytes(file)).Config.Span);
        }
    }

    [Theory]
    [InlineData]
    [InlineData("--imsure")]
    [InlineData("--imreallysure")]
    public void Delete_wants_to_be_told_twice(params string[] options)
    {
        _world.Run("create", "earthmover/ocean").Succeed();
        var answer = _world.Run(["delete", "earthmover/ocean", .. options]);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("--imsure --imreallysure", answer.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_world.RepositoryFolder("earthmover/ocean"), "repo")));
    }

    [Fact]
    public void Delete_refuses_a_folder_that_is_no_repository()
    {
        string folder = _world.NewPath("precious");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "thesis.txt"), "years of work");
        var answer = _world.Run("delete", folder, "--imsure", "--imreallysure");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains(folder, answer.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(folder, "thesis.txt")));
    }

    [Fact]
    public void Create_refuses_a_place_that_is_taken()
    {
        _world.Run("create", "earthmover/ocean").Succeed();
        var answer = _world.Run("create", "earthmover/ocean");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("There is a repository at", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_repository_can_be_named_by_path_and_by_url()
    {
        string folder = _world.NewPath("lake");
        _world.Run("create", "file://" + folder).Succeed();
        Assert.Equal("/\n", _world.Run("tree", folder).Succeed());
        Assert.Equal("/\n", _world.Run("tree", "file://localhost" + folder).Succeed());
        Assert.Equal("", _world.Run("log", folder).Succeed());
        Assert.Equal("[]\n", _world.Run("log", folder, "--json").Succeed());
    }

    [Theory]
    [InlineData("ocean")]
    [InlineData("a/b/c")]
    [InlineData("earthmover/")]
    [InlineData("s3://bucket/prefix")]
    [InlineData("file://server/share")]
    public void A_name_that_is_none_gets_a_sentence(string name)
    {
        var answer = _world.Run("create", name);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains($"'{name}'", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_repository_that_is_not_there_is_named_with_the_way_out()
    {
        var answer = _world.Run("log", "earthmover/atlantis");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("arraylakefs create earthmover/atlantis", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Misuse_is_exit_code_2()
    {
        Assert.Equal(2, _world.Run("nonsense").ExitCode);
        Assert.Equal(2, _world.Run("create").ExitCode);
        Assert.Equal(2, _world.Run("list", "--nonsense").ExitCode);
        var twoVersions = _world.Run("mount", "earthmover/ocean", _world.Folder, "--branch", "main", "--ref", "main");
        Assert.Equal(2, twoVersions.ExitCode);
        Assert.Contains("give one of them", twoVersions.Error, StringComparison.Ordinal);
        var noVersion = _world.Run("mount", "earthmover/ocean", _world.Folder, "--immutable");
        Assert.Equal(2, noVersion.ExitCode);
        Assert.Contains("name it with --ref", noVersion.Error, StringComparison.Ordinal);
        var noSession = _world.Run("mount", "earthmover/ocean", _world.Folder, "--immutable", "--ref", "main", "--session", "mine");
        Assert.Equal(2, noSession.ExitCode);
        Assert.Contains("has no session", noSession.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_expected_is_one_line_too()
    {
        var answer = _world.Run("list", "--root", "");
        Assert.Equal(1, answer.ExitCode);
        Assert.StartsWith("arraylakefs: unexpected ", answer.Error, StringComparison.Ordinal);
        Assert.Single(answer.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void Verbs_of_a_session_outside_a_mount_say_so()
    {
        foreach (string[] verb in (string[][])[["status"], ["diff"], ["commit", "-m", "x"], ["checkout", "main"], ["discard", "all"], ["log"]])
        {
            var answer = _world.Run(verb);
            Assert.Equal(1, answer.ExitCode);
            Assert.Contains("not in a mount", answer.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_config_file_gives_the_root_where_nothing_else_does()
    {
        string root = _world.NewPath("elsewhere");
        _world.Environment["ARRAYLAKEFS_ROOT"] = "";
        string folder = Path.Combine(_world.Environment["XDG_CONFIG_HOME"], "arraylakefs");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), $$"""{ "root": "{{root}}", /* comments are welcome */ }""");
        _world.Run("create", "earthmover/ocean").Succeed();
        Assert.True(File.Exists(Path.Combine(root, "earthmover/ocean/repo")));
    }

    [Fact]
    public void A_damaged_config_file_is_named()
    {
        string folder = Path.Combine(_world.Environment["XDG_CONFIG_HOME"], "arraylakefs");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), "{ nonsense");
        _world.Environment["ARRAYLAKEFS_ROOT"] = "";
        var answer = _world.Run("list");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("config.json", answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_in_the_current_directory_is_never_run()
    {
        string trace = _world.NewPath("trace"), trap = Path.Combine(_world.Folder, "git");
        File.WriteAllText(trap, $"#!/bin/sh\ntouch {trace}\n");
        Command.Run("chmod", ["+x", trap]).Succeed();
        _world.Environment["GIT_AUTHOR_NAME"] = _world.Environment["GIT_AUTHOR_EMAIL"] = ""; // then git is asked
        foreach (string path in (string[])[Environment.GetEnvironmentVariable("PATH")!, ":.:" + Environment.GetEnvironmentVariable("PATH")])
        {
            _world.Environment["PATH"] = path;
            Assert.Contains("there is no repository", _world.Run("mount", "earthmover/atlantis", _world.Folder).Error, StringComparison.Ordinal);
            Assert.False(File.Exists(trace));
        }
    }

    [Fact]
    public void Version_names_the_format_too() => Assert.Matches(@"^arraylakefs \d+\.\d+\.\d+ \(Icechunk spec 2\.1\)\n$", _world.Run("version").Succeed());
}
