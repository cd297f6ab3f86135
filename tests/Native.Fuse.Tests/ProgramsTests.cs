namespace Native.Fuse.Tests;

public sealed class ProgramsTests : IDisposable
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string _folder = Directory.CreateTempSubdirectory("native-fuse-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_first_folder_of_the_search_path_that_has_the_program_counts()
    {
        var first = Directory.CreateDirectory($"{_folder}/first").FullName;
        var second = Directory.CreateDirectory($"{_folder}/second").FullName;
        Make($"{second}/tool");
        Assert.Equal($"{second}/tool", Programs.Find("tool", $"{first}:{_folder}/missing:{second}"));
        Make($"{first}/tool");
        Assert.Equal($"{first}/tool", Programs.Find("tool", $"{first}:{second}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData(":")]
    [InlineData("..:./bin")]
    [InlineData(null)]
    public void The_current_directory_is_not_searched_whatever_the_search_path_says(string? searchPath)
    {
        var name = $"tool-{Guid.NewGuid():N}";
        Make(name);
        try
        {
            Assert.Null(Programs.Find(name, searchPath));
        }
        finally
        {
            File.Delete(name);
        }
    }

    [Fact]
    public void Folders_and_files_that_cannot_be_executed_are_passed_over()
    {
        Directory.CreateDirectory($"{_folder}/a/tool");
        Directory.CreateDirectory($"{_folder}/b");
        File.WriteAllText($"{_folder}/b/tool", "");
        Assert.Null(Programs.Find("tool", $"{_folder}/a:{_folder}/b"));
    }

    [HelperFact]
    public void A_helper_in_the_current_directory_is_not_run()
    {
        var trace = $"{_folder}/trace";
        Make("fusermount3", $"#!/bin/sh\ntouch {trace}\n");
        try
        {
            Assert.NotNull(FuserMount.Unmount("/usr/bin", lazy: false));
            Assert.False(File.Exists(trace));
        }
        finally
        {
            File.Delete("fusermount3");
        }
    }

    private static void Make(string path, string text = "#!/bin/sh\n")
    {
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, Executable);
        }
    }
}
