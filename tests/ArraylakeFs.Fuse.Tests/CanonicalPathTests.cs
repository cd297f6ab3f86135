namespace ArraylakeFs.Fuse.Tests;

public sealed class CanonicalPathTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-path-").FullName;

    public CanonicalPathTests()
    {
        Directory.CreateDirectory($"{_folder}/real/inner");
        Directory.CreateSymbolicLink($"{_folder}/link", "real");
        Directory.CreateSymbolicLink($"{_folder}/later", "real/not-yet");
        Directory.CreateSymbolicLink($"{_folder}/round", "round");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("real", "real")]
    [InlineData("real/", "real")]
    [InlineData("link//inner/.", "real/inner")]
    [InlineData("link/inner/../", "real")]
    [InlineData("link/not-yet/", "real/not-yet")]
    [InlineData("link/not-yet/../other", "real/other")]
    [InlineData("later", "real/not-yet")]
    [InlineData("later/below", "real/not-yet/below")]
    [InlineData("round", "round")]
    public void A_place_has_one_spelling_whether_or_not_it_exists(string path, string canonical) =>
        Assert.Equal($"{_folder}/{canonical}", CanonicalPath.Of($"{_folder}/{path}"));

    [Fact]
    public void The_root_is_the_root() => Assert.Equal("/", CanonicalPath.Of("/."));

    [Fact]
    public void A_relative_path_starts_from_the_current_directory() =>
        Assert.Equal(Path.Combine(CanonicalPath.Of("."), "nothing"), CanonicalPath.Of("nothing/"));

    [Fact]
    public void An_empty_path_is_refused() => Assert.Throws<IOException>(() => CanonicalPath.Of(""));
}
