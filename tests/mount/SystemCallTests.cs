using System.Text.Json.Nodes;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Items 14, 16, 23 and 24 of the checklist, as far as only a kernel can be asked: locks, mappings, modes, what is not offered.</summary>
public sealed class SystemCallTests : IDisposable
{
    private static readonly Dictionary<string, string> _expected = new()
    {
        ["flock"] = """["EAGAIN","OK"]""",
        ["fcntl lock"] = """["EAGAIN","OK"]""",
        ["lock of an open file description"] = "\"EAGAIN\"",
        ["private mapping"] = "[true,true]",
        ["shared mapping to read"] = "true",
        ["direct read"] = "\"the same\"",
        ["terminal?"] = "\"ENOTTY\"",
        ["clone"] = "\"EOPNOTSUPP\"",
        ["set an extended attribute"] = "\"EOPNOTSUPP\"",
        ["list extended attributes"] = "[]",
        ["change the owner to the owner"] = "true",
        ["change the owner"] = "true",
        ["space"] = "[true,255]",
        ["modes at creation"] = """["0o600","0o660","0o770","0o444"]""",
        ["a pipe"] = "\"EPERM\"",
        ["a device"] = "\"EPERM\"",
        ["read a directory"] = "\"EISDIR\"",
        ["a name that is no UTF-8"] = "\"EILSEQ\"",
        ["look for a name that is no UTF-8"] = "\"ENOENT\"",
        ["append"] = "\"onetwo\"",
        ["write through /proc"] = "\"OK\"",
        ["a temporary file without a name"] = "\"EOPNOTSUPP\"",
        ["the device of a file is that of its folder"] = "true",
        ["kinds in a listing"] = "true",
        ["synced from the file to the folder"] = "\"OK\"",
    };

    private readonly World _world = new();

    public void Dispose() => _world.Dispose();

    [MountWithPythonTheory]
    [InlineData("root.zarr", false)]
    [InlineData("root.zarr", true)]
    [InlineData("root.v2.zarr", false)]
    [InlineData("root.v2.zarr", true)]
    public void Locks_mappings_modes_and_what_is_not_offered_are_what_tools_expect_23(string face, bool isCommitted)
    {
        _world.Run("create", "org/repo").Succeed();
        var mount = _world.Mount("org/repo");
        mount.Shell("""
            cd root.zarr; mkdir a
            printf '{"zarr_format":3,"node_type":"group"}' > zarr.json
            printf '{"zarr_format":3,"node_type":"array","shape":[4],"data_type":"uint8","chunk_grid":{"name":"regular","configuration":{"chunk_shape":[1]}},
            "chunk_key_encoding":{"name":"v2"},"fill_value":0,"codecs":[{"name":"bytes"},{"name":"gzip"}]}' > a/zarr.json
            head -c 5000 /dev/urandom > a/0
            """).Succeed();
        if (isCommitted)
        {
            mount.Commit("committed");
        }

        string folder = mount[$"{face}/a"];
        var told = JsonNode.Parse(Python.Run("mount/system_calls.py", folder, $"{folder}/0").Succeed())!.AsObject();
        Assert.Equal(
            _expected.Select(call => $"{call.Key}: {call.Value}"),
            _expected.Keys.Select(call => $"{call}: {(told.ContainsKey(call) ? told[call]?.ToJsonString() ?? "null" : "not made")}"));
    }
}
