using System.Runtime.InteropServices;
using ArraylakeFs.FileSystem;
using ArraylakeFs.Fuse.Tests.Doubles;
using ArraylakeFs.Sessions;
using Native.Fuse;
using static ArraylakeFs.Fuse.Tests.Doubles.TestKernel;

namespace ArraylakeFs.Fuse.Tests;

/// <summary>Every request and its answer, on bytes.</summary>
public class ProtocolTests
{
    private const string LongName = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Fact]
    public void Lookup_answers_number_lifetimes_and_attributes()
    {
        using var server = new TestServer();
        var node = server.Files.AddFile("Ozean 🐳", "12345");
        server.Files.EntryLifetime = TimeSpan.FromMilliseconds(1500);
        server.Files.AttributesLifetime = TimeSpan.FromDays(365);
        node.ModifiedNs = -1;
        var entry = server.Kernel.Ask(FuseOpcode.Lookup, 1, Name("Ozean 🐳")).As<FuseEntryOut>();
        Assert.Equal(node.Id, entry.NodeId);
        Assert.Equal(0ul, entry.Generation);
        Assert.Equal((1ul, 500_000_000u), (entry.EntrySeconds, entry.EntryNanoseconds));
        Assert.Equal((31_536_000ul, 0u), (entry.AttrSeconds, entry.AttrNanoseconds));
        Assert.Equal(5ul, entry.Attr.Size);
        Assert.Equal(1ul, entry.Attr.Blocks);
        Assert.Equal(FileTypeBits.Regular | 0x1B6, entry.Attr.Mode);
        Assert.Equal((ulong.MaxValue, 999_999_999u), (entry.Attr.ModifiedSeconds, entry.Attr.ModifiedNanoseconds));
        Assert.Equal(1, node.Lookups);
        server.Kernel.Send(FuseOpcode.Forget, node.Id, Bytes(new FuseForgetIn(1)));
        server.Kernel.Ask(FuseOpcode.StatFs, 1);
        SpinWait.SpinUntil(() => node.Lookups == 0, 10_000);
        Assert.Equal(0, node.Lookups);
    }

    [Fact]
    public void Absence_is_cached_if_the_file_system_says_so()
    {
        using var server = new TestServer();
        Assert.Equal(Errno.NoEntry, server.Kernel.Ask(FuseOpcode.Lookup, 1, Name("absent")).Errno);
        server.Files.AbsenceLifetime = TimeSpan.FromSeconds(7);
        var entry = server.Kernel.Ask(FuseOpcode.Lookup, 1, Name("absent")).As<FuseEntryOut>();
        Assert.Equal(0ul, entry.NodeId);
        Assert.Equal(7ul, entry.EntrySeconds);
    }

    [Fact]
    public void Names_are_not_cached_by_a_kernel_that_cannot_drop_them_all()
    {
        using var server = new TestServer(minor: 43);
        server.Files.AddFile("a", "");
        var entry = server.Kernel.Ask(FuseOpcode.Lookup, 1, Name("a")).As<FuseEntryOut>();
        Assert.Equal((0ul, 0u), (entry.EntrySeconds, entry.EntryNanoseconds));
        Assert.NotEqual(0ul, entry.AttrSeconds);
    }

    [Fact]
    public void Names_that_are_no_utf8_are_absent_and_cannot_be_created()
    {
        using var server = new TestServer();
        server.Files.AddFile("a", "");
        byte[] bad = [(byte)'x', 0xFF, 0];
        Assert.Equal(Errno.NoEntry, server.Kernel.Ask(FuseOpcode.Lookup, 1, bad).Errno);
        Assert.Equal(Errno.NoEntry, server.Kernel.Ask(FuseOpcode.Unlink, 1, bad).Errno);
        Assert.Equal(Errno.NoEntry, server.Kernel.Ask(FuseOpcode.RmDir, 1, bad).Errno);
        Assert.Equal(Errno.NoEntry, server.Kernel.Ask(FuseOpcode.Rename, 1, Bytes(1ul), bad, Name("b")).Errno);
        Assert.Equal(Errno.IllegalSequence, server.Kernel.Ask(FuseOpcode.Rename, 1, Bytes(1ul), Name("a"), bad).Errno);
        Assert.Equal(Errno.IllegalSequence, server.Kernel.Ask(FuseOpcode.MkDir, 1, Bytes(new FuseMkDirIn(0x1FF, 0)), bad).Errno);
        Assert.Equal(Errno.IllegalSequence, server.Kernel.Ask(FuseOpcode.Create, 1, Bytes(new FuseCreateIn(0, 0, 0, 0)), bad).Errno);
        Assert.Equal(Errno.IllegalSequence, server.Kernel.Ask(FuseOpcode.SymLink, 1, bad, Name("t")).Errno);
        Assert.Equal(Errno.IllegalSequence, server.Kernel.Ask(FuseOpcode.SymLink, 1, Name("l"), bad).Errno);
        Assert.Equal(["a"], server.Files.Root.Children.Keys);
    }

    [Fact]
    public void Names_above_255_bytes_are_too_long()
    {
        using var server = new TestServer();
        var longest = string.Concat(Enumerable.Repeat(LongName, 4))[..255];
        Assert.Equal(Errno.NoEntry, server.Kernel.Ask(FuseOpcode.Lookup, 1, Name(longest)).Errno);
        Assert.Equal(Errno.NameTooLong, server.Kernel.Ask(FuseOpcode.Lookup, 1, Name(longest + "x")).Errno);
        Assert.Equal(Errno.NameTooLong, server.Kernel.Ask(FuseOpcode.Lookup, 1, Name(longest[..252] + "🐳")).Errno);
        Assert.Equal(Errno.None, server.Kernel.Ask(FuseOpcode.MkDir, 1, Bytes(new FuseMkDirIn(0x1FF, 0)), Name(longest)).Errno);
        Assert.Equal(Errno.None, server.Kernel.Ask(FuseOpcode.Rename, 1, Bytes(1ul), Name(longest), Name(longest[1..])).Errno);
        Assert.Equal([longest[1..]], server.Files.Root.Children.Keys);
    }

    [Fact]
    public void A_file_is_created_written_read_truncated_and_closed()
    {
        using var server = new TestServer();
        var create = Bytes(new FuseCreateIn(LinuxOpenFlags.ReadWrite, 0x81A4, 0, 0));
        var created = server.Kernel.Ask(FuseOpcode.Create, 1, create, Name("f")).As<(FuseEntryOut Entry, FuseOpenOut File)>();
        Assert.Equal(FuseOpenReplyFlags.KeepCache, created.File.OpenFlags);
        Assert.Equal(0x81A4u, created.Entry.Attr.Mode);
        var handle = created.File.Handle;
        var write = Bytes(new FuseWriteIn(handle, 0, 5, 0, 0, 0, 0));
        Assert.Equal(5u, server.Kernel.Ask(FuseOpcode.Write, created.Entry.NodeId, write, "hello"u8.ToArray()).As<FuseWriteOut>().Size);
        Assert.Equal("ello", server.Kernel.Ask(FuseOpcode.Read, created.Entry.NodeId, ReadAt(handle, 1, 4096)).Text());
        Assert.Equal("", server.Kernel.Ask(FuseOpcode.Read, created.Entry.NodeId, ReadAt(handle, 5, 4096)).Text());
        var truncate = default(FuseSetAttrIn) with { Valid = FuseSetAttrFields.Size | FuseSetAttrFields.Handle, Handle = handle, Size = 2 };
        Assert.Equal(2ul, server.Kernel.Ask(FuseOpcode.SetAttr, created.Entry.NodeId, Bytes(truncate)).As<FuseAttrOut>().Attr.Size);
        Assert.Equal(Errno.None, server.Kernel.Ask(FuseOpcode.Flush, created.Entry.NodeId, Bytes(new FuseFlushIn(handle, 0, 0, 0))).Errno);
        Assert.Equal(Errno.None, server.Kernel.Ask(FuseOpcode.FSync, created.Entry.NodeId, Bytes(new FuseFSyncIn(handle, 0, 0))).Errno);
        Assert.Equal(1, server.Files.OpenHandles);
        var release = Bytes(new FuseReleaseIn(handle, 0, 0, 0));
        Assert.Equal(Errno.None, server.Kernel.Ask(FuseOpcode.Release, created.Entry.NodeId, release).Errno);
        Assert.Equal(0, server.Files.OpenHandles);
        Assert.Equal("he", server.Files.Text("f"));
    }

    [Fact]
    public void A_write_that_carries_less_than_it_says_is_an_error()
    {
        using var server = new TestServer();
        var node = server.Files.AddFile("f", "old");
        var open = Bytes(new FuseOpenIn(LinuxOpenFlags.WriteOnly, 0));
        var handle = server.Kernel.Ask(FuseOpcode.Open, node.Id, open).As<FuseOpenOut>().Handle;
        var write = Bytes(new FuseWriteIn(handle, 0, 6, 0, 0, 0, 0));
        Assert.Equal(Errno.InputOutput, server.Kernel.Ask(FuseOpcode.Write, node.Id, write, "short"u8.ToArray()).Errno);
        Assert.Equal("old", server.Files.Text("f"));
    }

    [Fact]
    public void A_direct_file_bypasses_the_cache()
    {
        using var server = new TestServer();
        var node = server.Files.AddControl("control", () => "state", _ => Errno.Stale);
        var open = Bytes(new FuseOpenIn(LinuxOpenFlags.ReadWrite | LinuxOpenFlags.Truncate, 0));
        var opened = server.Kernel.Ask(FuseOpcode.Open, node.Id, open).As<FuseOpenOut>();
        Assert.Equal(FuseOpenReplyFlags.DirectIo, opened.OpenFlags);
        Assert.Equal("state", server.Kernel.Ask(FuseOpcode.Read, node.Id, ReadAt(opened.Handle, 0, 100)).Text());
        var write = Bytes(new FuseWriteIn(opened.Handle, 0, 2, 0, 0, 0, 0));
        Assert.Equal(Errno.Stale, server.Kernel.Ask(FuseOpcode.Write, node.Id, write, "go"u8.ToArray()).Errno);
    }

    [Theory]
    [InlineData(LinuxOpenFlags.ReadOnly, FuseOpenReplyFlags.KeepCache | FuseOpenReplyFlags.NoFlush)]
    [InlineData(LinuxOpenFlags.WriteOnly, FuseOpenReplyFlags.KeepCache)]
    [InlineData(LinuxOpenFlags.ReadWrite | LinuxOpenFlags.Append, FuseOpenReplyFlags.KeepCache)]
    public void Who_only_reads_has_nothing_to_flush(LinuxOpenFlags flags, FuseOpenReplyFlags expected)
    {
        using var server = new TestServer();
        var node = server.Files.AddFile("f", "");
        Assert.Equal(expected, server.Kernel.Ask(FuseOpcode.Open, node.Id, Bytes(new FuseOpenIn(flags, 0))).As<FuseOpenOut>().OpenFlags);
        var create = Bytes(new FuseCreateIn(flags, 0x1A4, 0, 0));
        var created = server.Kernel.Ask(FuseOpcode.Create, 1, create, Name("g")).As<(FuseEntryOut Entry, FuseOpenOut File)>();
        Assert.Equal(expected, created.File.OpenFlags);
    }

    [Fact]
    public void The_reply_to_an_open_names_the_backing_file_and_no_cache()
    {
        using var server = new TestServer();
        var node = server.Files.AddFile("f", "");
        node.BackingId = 7;
        var opened = server.Kernel.Ask(FuseOpcode.Open, node.Id, Bytes(new FuseOpenIn(LinuxOpenFlags.ReadOnly, 0))).As<FuseOpenOut>();
        Assert.Equal((FuseOpenReplyFlags.Passthrough | FuseOpenReplyFlags.NoFlush, 7), (opened.OpenFlags, opened.BackingId));
    }

    [Theory]
    [InlineData(0u, OpenFlags.Read)]
    [InlineData(1u, OpenFlags.Write)]
    [InlineData(2u, OpenFlags.Read | OpenFlags.Write)]
    [InlineData(1u | 0x400 | 0x200 | 0x8000, OpenFlags.Write | OpenFlags.Append | OpenFlags.Truncate)]
    [InlineData(1u | 0x80, OpenFlags.Write | OpenFlags.Exclusive)]
    public void Open_flags_are_translated(uint flags, OpenFlags expected) => Assert.Equal(expected, Translate.Open((LinuxOpenFlags)flags));

    [Fact]
    public void Attribute_changes_are_translated()
    {
        var set = new FuseSetAttrIn(
            FuseSetAttrFields.Mode | FuseSetAttrFields.Modified | FuseSetAttrFields.UserId,
            0, 9, 8, 0, 7, ulong.MaxValue, 5, 4, 3, 2, 0x81FF, 0, 11, 12, 0);
        Assert.Equal(new AttributeChange(ModifiedNs: -1_000_000_000 + 3, Permissions: 0x1FF, UserId: 11), Translate.Change(set));
        const FuseSetAttrFields Now = FuseSetAttrFields.ModifiedNow | FuseSetAttrFields.AccessedNow | FuseSetAttrFields.Accessed;
        var now = Translate.Change(set with { Valid = Now });
        var clock = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        Assert.InRange(now.ModifiedNs!.Value / 1e9, clock - 600, clock + 600);
        Assert.InRange(now.AccessedNs!.Value / 1e9, clock - 600, clock + 600);
        Assert.Null(now.Size);
    }

    [Fact]
    public void Setuid_bits_are_never_shown()
    {
        using var server = new TestServer();
        server.Files.AddFile("f", "").Permissions = 0xFFF;
        Assert.Equal(FileTypeBits.Regular | 0x3FF, server.Kernel.Ask(FuseOpcode.Lookup, 1, Name("f")).As<FuseEntryOut>().Attr.Mode);
    }

    [Fact]
    public void Names_are_made_moved_and_removed()
    {
        using var server = new TestServer();
        var kernel = server.Kernel;
        var root = server.Files.Root.Children;
        var folder = kernel.Ask(FuseOpcode.MkDir, 1, Bytes(new FuseMkDirIn(0x1ED, 0x12)), Name("folder")).As<FuseEntryOut>();
        Assert.Equal(FileTypeBits.Directory | 0x1ED, folder.Attr.Mode);
        var link = kernel.Ask(FuseOpcode.SymLink, 1, Name("link"), Name("../Ziel 🐳")).As<FuseEntryOut>();
        Assert.Equal(FileTypeBits.SymbolicLink | 0x1FF, link.Attr.Mode);
        Assert.Equal("../Ziel 🐳", kernel.Ask(FuseOpcode.ReadLink, link.NodeId).Text());
        var file = kernel.Ask(FuseOpcode.MkNod, 1, Bytes(new FuseMkNodIn(0x81A4, 0, 0, 0)), Name("file")).As<FuseEntryOut>();
        Assert.Equal(0, server.Files.OpenHandles);
        Assert.Equal(Errno.Exists, kernel.Ask(FuseOpcode.MkNod, 1, Bytes(new FuseMkNodIn(0x81A4, 0, 0, 0)), Name("file")).Errno);
        Assert.Equal(Errno.NotPermitted, kernel.Ask(FuseOpcode.MkNod, 1, Bytes(new FuseMkNodIn(0x11A4, 0, 0, 0)), Name("fifo")).Errno);
        var second = kernel.Ask(FuseOpcode.Link, folder.NodeId, Bytes(new FuseLinkIn(file.NodeId)), Name("second")).As<FuseEntryOut>();
        Assert.Equal(2u, second.Attr.LinkCount);
        Assert.Equal(Errno.NotEmpty, kernel.Ask(FuseOpcode.RmDir, 1, Name("folder")).Errno);
        var rename = Bytes(new FuseRenameIn(1));
        Assert.Equal(Errno.None, kernel.Ask(FuseOpcode.Rename, folder.NodeId, rename, Name("second"), Name("third")).Errno);
        Assert.Equal(Errno.Exists, kernel.Ask(FuseOpcode.Rename2, 1, Bytes(new FuseRename2In(1, 1, 0)), Name("third"), Name("link")).Errno);
        Assert.Equal(Errno.None, kernel.Ask(FuseOpcode.Rename2, 1, Bytes(new FuseRename2In(1, 2, 0)), Name("third"), Name("link")).Errno);
        Assert.Equal(FileKind.SymbolicLink, root["third"].Kind);
        Assert.Equal(Errno.Invalid, kernel.Ask(FuseOpcode.Rename2, 1, Bytes(new FuseRename2In(1, 4, 0)), Name("third"), Name("x")).Errno);
        Assert.Equal(Errno.None, kernel.Ask(FuseOpcode.RmDir, 1, Name("folder")).Errno);
        Assert.Equal(Errno.None, kernel.Ask(FuseOpcode.Unlink, 1, Name("link")).Errno);
        Assert.Equal(["file", "third"], root.Keys.Order());
    }

    [Fact]
    public void A_range_is_copied_and_counted_in_32_bits_or_in_64()
    {
        using var server = new TestServer();
        var source = server.Files.AddFile("source", "12345");
        ulong from = server.Kernel.Ask(FuseOpcode.Open, source.Id, Bytes(new FuseOpenIn(0, 0))).As<FuseOpenOut>().Handle;
        foreach (var opcode in new[] { FuseOpcode.CopyFileRange, FuseOpcode.CopyFileRange64 })
        {
            var target = server.Files.AddFile($"{opcode}", "");
            ulong to = server.Kernel.Ask(FuseOpcode.Open, target.Id, Bytes(new FuseOpenIn(LinuxOpenFlags.WriteOnly, 0))).As<FuseOpenOut>().Handle;
            TestReply Copy(ulong fromOffset, ulong toOffset, ulong length) => server.Kernel.Ask(
                opcode, source.Id, Bytes(new FuseCopyFileRangeIn(from, fromOffset, target.Id, to, toOffset, length, 0)));
            Assert.Equal(Errno.NotSupported, Copy(1, 2, 3).Errno);
            Assert.Equal("", server.Files.Text($"{opcode}"));
            Assert.Equal(5ul, opcode == FuseOpcode.CopyFileRange
                ? Copy(0, 0, ulong.MaxValue).As<FuseWriteOut>().Size : Copy(0, 0, ulong.MaxValue).As<FuseCopyFileRangeOut>().BytesCopied);
            Assert.Equal("12345", server.Files.Text($"{opcode}"));
            long longest = opcode == FuseOpcode.CopyFileRange ? uint.MaxValue : long.MaxValue;
            Assert.Equal([(from, 1L, to, 2L, 3L), (from, 0L, to, 0L, longest)], server.Files.Ranges);
            server.Files.Ranges.Clear();
            Assert.Equal(Errno.Invalid, server.Kernel.Ask(opcode, source.Id, new byte[48]).Errno);
        }
    }

    [Fact]
    public void Unsupported_requests_have_the_answer_that_the_kernel_does_well_with()
    {
        using var server = new TestServer();
        var expected = new Dictionary<FuseOpcode, Errno>
        {
            [FuseOpcode.LSeek] = Errno.NotImplemented,
            [FuseOpcode.Poll] = Errno.NotImplemented,
            [FuseOpcode.StatX] = Errno.NotImplemented,
            [FuseOpcode.TmpFile] = Errno.NotImplemented,
            [FuseOpcode.SyncFs] = Errno.NotImplemented,
            [FuseOpcode.GetLk] = Errno.NotImplemented,
            [(FuseOpcode)18_000_000] = Errno.NotImplemented,
            [(FuseOpcode)7] = Errno.NotImplemented,
            [FuseOpcode.IoCtl] = Errno.NoIoctl,
            [FuseOpcode.SetXAttr] = Errno.NotSupported,
            [FuseOpcode.RemoveXAttr] = Errno.NotSupported,
            [FuseOpcode.Destroy] = Errno.None,
        };
        foreach (var (opcode, errno) in expected)
        {
            var reply = server.Kernel.Ask(opcode, 1, new byte[64]);
            Assert.True(errno == reply.Errno, $"{opcode}: {reply.Errno}");
            Assert.Empty(reply.Payload);
        }
    }

    [Theory]
    [InlineData(0x1A4u, 1u, Errno.Access)]
    [InlineData(0x1A4u, 6u, Errno.None)]
    [InlineData(0x1A4u, 7u, Errno.Access)]
    [InlineData(0x049u, 1u, Errno.None)]
    [InlineData(0x000u, 4u, Errno.None)]
    public void Access_is_what_root_has(uint permissions, uint asked, Errno expected)
    {
        using var server = new TestServer();
        var node = server.Files.AddFile("f", "");
        node.Permissions = permissions;
        Assert.Equal(expected, server.Kernel.Ask(FuseOpcode.Access, node.Id, Bytes(new FuseAccessIn(asked, 0))).Errno);
        Assert.Equal(Errno.None, server.Kernel.Ask(FuseOpcode.Access, 1, Bytes(new FuseAccessIn(asked, 0))).Errno);
    }

    [Fact]
    public void Extended_attributes_are_read_by_size_and_by_value()
    {
        using var server = new TestServer();
        TestReply Get(string name, uint size) => server.Kernel.Ask(FuseOpcode.GetXAttr, 1, Bytes(new FuseGetXAttrIn(size, 0)), Name(name));
        Assert.Equal(6u, Get("user.icechunk.kind", 0).As<FuseGetXAttrOut>().Size);
        Assert.Equal("native", Get("user.icechunk.kind", 6).Text());
        Assert.Equal((Errno)34, Get("user.icechunk.kind", 5).Errno);
        Assert.Equal(Errno.NoData, Get("user.other", 100).Errno);
        Assert.Equal(Errno.NoData, Get("security.capability", 0).Errno);
        Assert.Equal(0u, server.Kernel.Ask(FuseOpcode.ListXAttr, 1, Bytes(new FuseGetXAttrIn(0, 0))).As<FuseGetXAttrOut>().Size);
        Assert.Equal("", server.Kernel.Ask(FuseOpcode.ListXAttr, 1, Bytes(new FuseGetXAttrIn(100, 0))).Text());
    }

    [Fact]
    public void The_volume_is_described()
    {
        using var server = new TestServer();
        var volume = server.Kernel.Ask(FuseOpcode.StatFs, 1).As<FuseStatFsOut>();
        Assert.Equal(new FuseStatFsOut(1000, 500, 400, 77, 66, 4096, 255, 4096), volume);
    }

    [Fact]
    public void Many_references_are_given_back_at_once()
    {
        using var server = new TestServer();
        var (a, b) = (server.Files.AddFile("a", ""), server.Files.AddFile("b", ""));
        foreach (var name in new[] { "a", "b", "b", "b" })
        {
            server.Kernel.Ask(FuseOpcode.Lookup, 1, Name(name));
        }

        var (forgetA, forgetB) = (Bytes(new FuseForgetOne(a.Id, 1)), Bytes(new FuseForgetOne(b.Id, 2)));
        server.Kernel.Send(FuseOpcode.BatchForget, 0, Bytes(new FuseBatchForgetIn(2, 0)), forgetA, forgetB);
        Assert.True(SpinWait.SpinUntil(() => (a.Lookups, b.Lookups) == (0, 1), 10_000));
    }

    [Fact]
    public void Requests_that_expect_no_reply_get_none_even_if_malformed()
    {
        using var server = new TestServer();
        server.Kernel.Send(FuseOpcode.Interrupt, 0, Bytes(new FuseInterruptIn(999)));
        server.Kernel.Send(FuseOpcode.BatchForget, 0, Bytes(new FuseBatchForgetIn(1_000_000, 0)));
        server.Kernel.Send(FuseOpcode.Forget, 77, Bytes(new FuseForgetIn(1)));
        server.Kernel.Ask(FuseOpcode.StatFs, 1);
    }

    [Theory]
    [InlineData(FuseOpcode.GetAttr)]
    [InlineData(FuseOpcode.Read)]
    [InlineData(FuseOpcode.Write)]
    [InlineData(FuseOpcode.Create)]
    public void Requests_shorter_than_their_arguments_are_invalid(FuseOpcode opcode)
    {
        using var server = new TestServer();
        Assert.Equal(Errno.Invalid, server.Kernel.Ask(opcode, 1, new byte[8]).Errno);
    }

    [Fact]
    public void Names_that_do_not_end_are_an_error()
    {
        using var server = new TestServer();
        Assert.Equal(Errno.InputOutput, server.Kernel.Ask(FuseOpcode.Lookup, 1, "abc"u8.ToArray()).Errno);
        Assert.Equal(Errno.InputOutput, server.Kernel.Ask(FuseOpcode.Rename, 1, Bytes(1ul), Name("a"), "b"u8.ToArray()).Errno);
        Assert.Equal(Errno.Invalid, server.Kernel.Ask(FuseOpcode.Lookup, 1, Name("")).Errno);
    }

    [Fact]
    public void Bytes_that_are_no_message_are_dropped_and_the_server_lives()
    {
        using var server = new TestServer();
        server.Kernel.SendRaw([1, 2, 3]);
        server.Kernel.SendRaw(Bytes(new FuseInHeader(4000, FuseOpcode.StatFs, 99, 1, 0, 0, 0, 0, 0)));
        server.Kernel.SendRaw(Bytes(new FuseInHeader(40, FuseOpcode.StatFs, 99, 1, 0, 0, 0, 1000, 0)));
        server.Kernel.Ask(FuseOpcode.StatFs, 1);
        Assert.True(SpinWait.SpinUntil(() => server.Log.Count == 3, 10_000));
    }

    [Fact]
    public void Extensions_behind_the_names_are_not_taken_for_names()
    {
        using var server = new TestServer();
        server.Files.AddFile("a", "");
        byte[] name = [(byte)'a', 0];
        server.Kernel.SendRaw([.. Bytes(new FuseInHeader(50, FuseOpcode.Lookup, 98, 1, 0, 0, 0, 1, 0)), .. name, .. new byte[8]]);
        Assert.NotEqual(0ul, server.Kernel.Receive().As<FuseEntryOut>().NodeId);
    }

    [Fact]
    public async Task Random_bytes_never_stop_the_server()
    {
        using var server = new TestServer();
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var replies = Task.Run(() =>
        {
            while (true)
            {
                if (server.Kernel.Receive().Unique == ulong.MaxValue)
                {
                    return;
                }
            }
        });
        for (var i = 0; i < 2000; i++)
        {
            var message = new byte[40 + random.Next(200)];
            random.NextBytes(message);
            // A header that is believed, any opcode but INIT, and a file system that knows few nodes: most requests fail deep inside.
            var opcode = (FuseOpcode)random.Next(60);
            opcode = opcode == FuseOpcode.Init ? FuseOpcode.Lookup : opcode;
            var node = (ulong)random.Next(3);
            MemoryMarshal.Write(message, new FuseInHeader((uint)message.Length, opcode, (ulong)i + 1, node, 0, 0, 0, 0, 0));
            server.Kernel.SendRaw(message);
        }

        server.Kernel.SendRaw(Bytes(new FuseInHeader(40, FuseOpcode.StatFs, ulong.MaxValue, 1, 0, 0, 0, 0, 0)));
        var first = await Task.WhenAny(replies, Task.Delay(60_000));
        Assert.True(first == replies, $"No reply any more with seed {seed}.");
        await replies;
    }
}
