using System.Runtime.InteropServices;
using System.Text;
using ArraylakeFs.FileSystem;
using ArraylakeFs.Fuse.Tests.Doubles;
using ArraylakeFs.Sessions;
using Native.Fuse;
using static ArraylakeFs.Fuse.Tests.Doubles.TestKernel;

namespace ArraylakeFs.Fuse.Tests;

public class DirectoryTests
{
    [Fact]
    public void A_listing_is_continued_by_its_cookies_until_it_is_empty()
    {
        using var server = new TestServer();
        var expected = Enumerable.Range(0, 500).Select(i => $"name-{i}-🐳").ToList();
        expected.ForEach(name => server.Files.AddFile(name, ""));
        var handle = OpenRoot(server);
        var names = new List<string>();
        var cookie = 0ul;
        while (Plain(server.Kernel.Ask(FuseOpcode.ReadDir, 1, ReadAt(handle, cookie, 4096))) is { Count: > 0 } page)
        {
            names.AddRange(page.Select(entry => entry.Name));
            cookie = page[^1].Record.Offset;
        }

        Assert.Equal([".", "..", .. expected], names);
        Assert.All(server.Files.Root.Children.Values, node => Assert.Equal(0, node.Lookups));
        Assert.Equal(Errno.None, server.Kernel.Ask(FuseOpcode.FSyncDir, 1, Bytes(new FuseFSyncIn(handle, 0, 0))).Errno);
        Assert.Equal(Errno.None, server.Kernel.Ask(FuseOpcode.ReleaseDir, 1, Bytes(new FuseReleaseIn(handle, 0, 0, 0))).Errno);
        Assert.Equal(0, server.Files.OpenHandles);
    }

    [Fact]
    public void Entries_say_what_they_are()
    {
        using var server = new TestServer();
        var file = server.Files.AddFile("file", "");
        server.Files.AddDirectory("folder");
        var page = Plain(server.Kernel.Ask(FuseOpcode.ReadDir, 1, ReadAt(OpenRoot(server), 2, 4096)));
        Assert.Equal([("file", 8u), ("folder", 4u)], page.Select(entry => (entry.Name, entry.Record.Type)));
        Assert.Equal(file.Id, page[0].Record.InodeNumber);
    }

    [Fact]
    public void A_listing_with_attributes_counts_a_lookup_for_what_it_took_but_not_for_the_dots()
    {
        using var server = new TestServer();
        for (var i = 0; i < 100; i++)
        {
            server.Files.AddFile($"f{i}", new string('x', i));
        }

        var page = Plus(server.Kernel.Ask(FuseOpcode.ReadDirPlus, 1, ReadAt(OpenRoot(server), 0, 4096)));
        Assert.Equal([".", "..", "f0", "f1"], page.Take(4).Select(entry => entry.Name));
        Assert.All(page.Take(2), entry => Assert.Equal(0ul, entry.Record.Entry.NodeId));
        Assert.InRange(page.Count, 20, 30);
        Assert.All(page.Skip(2), entry =>
        {
            var node = server.Files.Root.Children[entry.Name];
            Assert.Equal(node.Id, entry.Record.Entry.NodeId);
            Assert.Equal((ulong)node.Data.Length, entry.Record.Entry.Attr.Size);
            Assert.Equal(1, node.Lookups);
        });
        Assert.Equal(page.Count - 2, server.Files.Root.Children.Values.Sum(node => node.Lookups));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Names_that_no_kernel_takes_are_left_out_and_their_lookups_given_back(bool plus)
    {
        using var server = new TestServer();
        server.Files.AddFile("good", "");
        var bad = new[] { "a/b", "nul\0nul", "", new string('x', 256) }.Select(name => server.Files.AddFile(name, "")).ToList();
        var last = server.Files.AddFile("last", "");
        var opcode = plus ? FuseOpcode.ReadDirPlus : FuseOpcode.ReadDir;
        var reply = server.Kernel.Ask(opcode, 1, ReadAt(OpenRoot(server), 2, 4096));
        var names = plus ? Plus(reply).Select(entry => entry.Name) : Plain(reply).Select(entry => entry.Name);
        Assert.Equal(["good", "last"], names);
        Assert.Equal(plus ? 1 : 0, last.Lookups);
        Assert.True(SpinWait.SpinUntil(() => bad.All(node => node.Lookups == 0), 10_000));
    }

    [Fact]
    public void A_name_fills_the_buffer_to_the_last_byte_or_is_not_taken()
    {
        var sink = new DirectorySink();
        var buffer = new byte[64];
        sink.Begin(buffer, plus: false, epochs: true);
        Assert.True(sink.TryAdd("12345678", 1, FileKind.File, 1));
        Assert.Equal(32, sink.Length);
        Assert.False(sink.TryAdd("123456789", 1, FileKind.File, 2));
        Assert.True(sink.TryAdd("1", 1, FileKind.File, 2));
        Assert.Equal(64, sink.Length);
    }

    private static ulong OpenRoot(TestServer server) =>
        server.Kernel.Ask(FuseOpcode.OpenDir, 1, Bytes(default(FuseOpenIn))).As<FuseOpenOut>().Handle;

    private static List<(string Name, FuseDirEnt Record)> Plain(TestReply reply)
    {
        Assert.Equal(Errno.None, reply.Errno);
        var entries = new List<(string, FuseDirEnt)>();
        for (var rest = reply.Payload.AsSpan(); !rest.IsEmpty;)
        {
            var record = MemoryMarshal.Read<FuseDirEnt>(rest);
            entries.Add((Encoding.UTF8.GetString(rest.Slice(24, (int)record.NameLength)), record));
            rest = rest[((24 + (int)record.NameLength + 7) & ~7)..];
        }

        return entries;
    }

    private static List<(string Name, FuseDirEntPlus Record)> Plus(TestReply reply)
    {
        Assert.Equal(Errno.None, reply.Errno);
        var entries = new List<(string, FuseDirEntPlus)>();
        for (var rest = reply.Payload.AsSpan(); !rest.IsEmpty;)
        {
            var record = MemoryMarshal.Read<FuseDirEntPlus>(rest);
            entries.Add((Encoding.UTF8.GetString(rest.Slice(152, (int)record.DirEnt.NameLength)), record));
            rest = rest[((152 + (int)record.DirEnt.NameLength + 7) & ~7)..];
        }

        return entries;
    }
}
