using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Native.Fuse.Tests;

public class StructTests
{
    [Fact]
    public void Structs_have_the_sizes_of_linux_fuse_h()
    {
        Assert.Equal(40, Unsafe.SizeOf<FuseInHeader>());
        Assert.Equal(16, Unsafe.SizeOf<FuseOutHeader>());
        Assert.Equal(64, Unsafe.SizeOf<FuseInitIn>());
        Assert.Equal(64, Unsafe.SizeOf<FuseInitOut>());
        Assert.Equal(88, Unsafe.SizeOf<FuseAttr>());
        Assert.Equal(128, Unsafe.SizeOf<FuseEntryOut>());
        Assert.Equal(104, Unsafe.SizeOf<FuseAttrOut>());
        Assert.Equal(16, Unsafe.SizeOf<FuseGetAttrIn>());
        Assert.Equal(88, Unsafe.SizeOf<FuseSetAttrIn>());
        Assert.Equal(8, Unsafe.SizeOf<FuseForgetIn>());
        Assert.Equal(8, Unsafe.SizeOf<FuseBatchForgetIn>());
        Assert.Equal(16, Unsafe.SizeOf<FuseForgetOne>());
        Assert.Equal(8, Unsafe.SizeOf<FuseGetXAttrIn>());
        Assert.Equal(8, Unsafe.SizeOf<FuseGetXAttrOut>());
        Assert.Equal(80, Unsafe.SizeOf<FuseStatFsOut>());
        Assert.Equal(8, Unsafe.SizeOf<FuseMkDirIn>());
        Assert.Equal(16, Unsafe.SizeOf<FuseMkNodIn>());
        Assert.Equal(16, Unsafe.SizeOf<FuseCreateIn>());
        Assert.Equal(8, Unsafe.SizeOf<FuseRenameIn>());
        Assert.Equal(16, Unsafe.SizeOf<FuseRename2In>());
        Assert.Equal(8, Unsafe.SizeOf<FuseLinkIn>());
        Assert.Equal(24, Unsafe.SizeOf<FuseDirEnt>());
        Assert.Equal(152, Unsafe.SizeOf<FuseDirEntPlus>());
        Assert.Equal(24, Unsafe.SizeOf<FuseNotifyInvalInodeOut>());
        Assert.Equal(8, Unsafe.SizeOf<FuseOpenIn>());
        Assert.Equal(16, Unsafe.SizeOf<FuseOpenOut>());
        Assert.Equal(40, Unsafe.SizeOf<FuseReadIn>());
        Assert.Equal(40, Unsafe.SizeOf<FuseWriteIn>());
        Assert.Equal(8, Unsafe.SizeOf<FuseWriteOut>());
        Assert.Equal(24, Unsafe.SizeOf<FuseFlushIn>());
        Assert.Equal(24, Unsafe.SizeOf<FuseReleaseIn>());
        Assert.Equal(16, Unsafe.SizeOf<FuseFSyncIn>());
        Assert.Equal(32, Unsafe.SizeOf<FuseFAllocateIn>());
        Assert.Equal(56, Unsafe.SizeOf<FuseCopyFileRangeIn>());
        Assert.Equal(8, Unsafe.SizeOf<FuseCopyFileRangeOut>());
        Assert.Equal(8, Unsafe.SizeOf<FuseInterruptIn>());
        Assert.Equal(16, Unsafe.SizeOf<FuseNotifyPruneOut>());
        Assert.Equal(288, Unsafe.SizeOf<FuseRingHeader>());
        Assert.Equal(32, Unsafe.SizeOf<FuseRingEntry>());
        Assert.Equal(24, Unsafe.SizeOf<FuseRingCommandIn>());
    }

    [Fact]
    public void A_header_is_read_from_the_kernels_bytes()
    {
        byte[] bytes =
        [
            44, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
            0xE8, 3, 0, 0, 0xE9, 3, 0, 0, 0x39, 0x30, 0, 0, 1, 0, 0, 0, (byte)'a', (byte)'b', (byte)'c', 0,
        ];
        var header = MemoryMarshal.Read<FuseInHeader>(bytes);
        Assert.Equal(new FuseInHeader(44, FuseOpcode.Lookup, 2, 1, 1000, 1001, 12345, 1, 0), header);
    }

    [Fact]
    public void Attributes_are_written_as_the_kernel_reads_them()
    {
        var attr = new FuseAttr(1, 2, 3, 4, 5, 6, 7, 8, 9, 0x81A4, 11, 12, 13, 14, 4096, 0);
        var bytes = MemoryMarshal.AsBytes([attr]);
        Assert.Equal(2, bytes[8]);
        Assert.Equal(4, bytes[24]);
        Assert.Equal(7, bytes[48]);
        Assert.Equal([0xA4, 0x81, 0, 0], bytes[60..64].ToArray());
        Assert.Equal(11, bytes[64]);
        Assert.Equal([0, 0x10, 0, 0], bytes[80..84].ToArray());
    }

    [Fact]
    public void Upper_flags_of_init_count_only_with_the_bit_that_announces_them()
    {
        var without = new FuseInitIn(7, 45, 0, 1, 1 << 4);
        Assert.Equal(FuseInitFlags.AsyncRead, without.Offered);
        var with = without with { Flags = 1 | (1 << 30) };
        Assert.Equal(FuseInitFlags.AsyncRead | FuseInitFlags.InitExt | FuseInitFlags.DirectIoAllowMMap, with.Offered);
    }

    [Fact]
    public void The_reply_to_init_has_its_fields_where_the_kernel_looks()
    {
        var bytes = MemoryMarshal.AsBytes([new FuseInitOut(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)]).ToArray();
        Assert.Equal([1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 6, 0, 7, 0, 0, 0, 8, 0, 0, 0], bytes[..28]);
        Assert.Equal([9, 0, 10, 0, 11, 0, 0, 0, 12, 0, 0, 0], bytes[28..40]);
        Assert.All(bytes[40..], value => Assert.Equal(0, value));
    }
}
