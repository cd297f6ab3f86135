namespace ArraylakeFs.Storage.Tests;

public sealed class FileWritersTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_has_writers_as_long_as_somebody_can_write_to_it()
    {
        string path = Path.Combine(_folder.Path, "file");
        Assert.False(FileWriters.HasAny(path)); // there is none
        using (new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            Assert.True(FileWriters.HasAny(path));
        }

        Assert.False(FileWriters.HasAny(path));
        using var reader = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        Assert.False(FileWriters.HasAny(path));
        using var writer = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite); // and no lease stands in its way
        Assert.True(FileWriters.HasAny(path));
    }
}
