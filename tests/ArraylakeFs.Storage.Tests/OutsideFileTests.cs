using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace ArraylakeFs.Storage.Tests;

/// <summary>No name, whatever it holds and whatever lies in the folder, leads out of the folder or makes opening wait.</summary>
public sealed class OutsideFileTests : IDisposable
{
    private const string Secret = "secret";

    private readonly TemporaryDirectory _directory = new();
    private readonly string _folder;

    public OutsideFileTests()
    {
        _folder = Path.Combine(_directory.Path, "allowed");
        Directory.CreateDirectory(Path.Combine(_folder, "below"));
        File.WriteAllText(Path.Combine(_directory.Path, Secret), Secret);
        File.WriteAllText(Path.Combine(_folder, "file"), "0123456789");
        File.WriteAllText(Path.Combine(_folder, "below", "file"), "below");
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_file_beneath_is_read_and_says_what_it_is()
    {
        Assert.Equal("below", Read(_folder, "below/file"));
        Assert.Equal("below", Read(_folder + "/", "below/file"));
        Assert.Equal(OutsideOpening.Opened, OutsideFile.TryOpen(_folder, "file", "it", null, out var file));
        using (file)
        {
            var buffer = new byte[20];
            Assert.Equal(8, file!.Read(2, buffer, out var status));
            Assert.Equal("23456789"u8.ToArray(), buffer[..8]);
            Assert.Equal(10, status.Size);
            Assert.Equal(File.GetLastWriteTimeUtc(Path.Combine(_folder, "file")), status.LastModified.UtcDateTime);
            var printed = Run("stat", "--printf=%i", Path.Combine(_folder, "file"));
            var inode = ulong.Parse(printed, CultureInfo.InvariantCulture);
            var microseconds = (status.LastModified - DateTimeOffset.UnixEpoch).Ticks / 10;
            Assert.Equal($"{inode:x}-{microseconds:x}-a", status.ETag.Value);

            // The file that is open is read, whatever becomes of its name; what changes in it shows.
            File.AppendAllText(Path.Combine(_folder, "file"), "more");
            File.Delete(Path.Combine(_folder, "file"));
            Assert.Equal(14, file.Read(0, buffer, out var changed));
            Assert.Equal(14, changed.Size);
            Assert.NotEqual(status.ETag, changed.ETag);
        }
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("below/../../secret")]
    [InlineData("../allowed/file")]
    [InlineData("/etc/hostname")]
    [InlineData("out")]
    [InlineData("below/out")]
    [InlineData("absolute")]
    [InlineData("folder/secret")]
    [InlineData("through/../secret")]
    public void Nothing_leads_out(string path)
    {
        Link("out", "../secret");
        Link("below/out", "../../secret");
        Link("absolute", Path.Combine(_directory.Path, Secret));
        Link("folder", "..");
        Link("through", "../");
        Assert.Equal(OutsideOpening.LeadsOut, OutsideFile.TryOpen(_folder, path, "it", null, out var file));
        Assert.Null(file);
    }

    [Fact]
    public void Links_that_stay_inside_are_followed_and_so_are_those_to_the_folder_itself()
    {
        Link("inside", "below/file");
        Link("below/up", "../file");
        Assert.Equal("below", Read(_folder, "inside"));
        Assert.Equal("0123456789", Read(_folder, "below/up"));
        File.CreateSymbolicLink(Path.Combine(_directory.Path, "chosen"), _folder);
        Assert.Equal("below", Read(Path.Combine(_directory.Path, "chosen"), "inside"));

        // Below / every link stays inside.
        Link("absolute", Path.Combine(_directory.Path, Secret));
        Assert.Equal(Secret, Read("/", Path.Combine(_folder, "absolute")[1..]));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("below/nothing")]
    [InlineData("file/below")]
    [InlineData("dangling")]
    public void What_is_not_there_is_missing(string path)
    {
        Link("dangling", "below/nothing");
        Assert.Equal(OutsideOpening.Missing, OutsideFile.TryOpen(_folder, path, "it", null, out _));
        Assert.Equal(OutsideOpening.Missing, OutsideFile.TryOpen(_folder + "/nowhere", path, "it", null, out _));
    }

    [Fact]
    public void What_is_no_regular_file_is_refused_at_once()
    {
        Run("mkfifo", Path.Combine(_folder, "fifo"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, "socket")));
        Link("circle", "circle");
        foreach (var path in new[] { "fifo", "socket", "below", "circle" })
        {
            var refused = Assert.Throws<StorageException>(() => OutsideFile.TryOpen(_folder, path, "its name", null, out _));
            Assert.StartsWith("its name: ", refused.Message, StringComparison.Ordinal);
        }

        Assert.Throws<StorageException>(() => OutsideFile.TryOpen("/", "dev/null", "it", null, out _));
        Assert.Throws<StorageException>(() => OutsideFile.TryOpen("/", "proc/self/exe", "it", null, out _));
    }

    private static string Read(string folder, string path)
    {
        Assert.Equal(OutsideOpening.Opened, OutsideFile.TryOpen(folder, path, "it", null, out var file));
        using (file)
        {
            var buffer = new byte[100];
            return System.Text.Encoding.UTF8.GetString(buffer, 0, file!.Read(0, buffer, out _));
        }
    }

    private void Link(string name, string target) => File.CreateSymbolicLink(Path.Combine(_folder, name), target);

    private static string Run(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
