using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>One line on standard error for every message, if the environment says ARRAYLAKEFS_FUSE_TRACE=1.</summary>
internal sealed class FuseTrace
{
    private readonly TextWriter _output;

    public FuseTrace(TextWriter output) => _output = TextWriter.Synchronized(output);

    public static FuseTrace? FromEnvironment() =>
        Environment.GetEnvironmentVariable("ARRAYLAKEFS_FUSE_TRACE") == "1" ? new FuseTrace(Console.Error) : null;

    public void Received(Operation operation, FuseRequest request)
    {
        ref readonly var header = ref request.Header;
        _output.WriteLine(
            $"fuse -> {header.Unique} {operation.Name} ({(uint)header.Opcode}) node {header.NodeId}"
            + $" pid {header.ProcessId}, {header.Length} bytes");
    }

    public void Answered(FuseRequest request)
    {
        var reply = request.Reply;
        if (reply.Length != 0)
        {
            var outcome = reply.Error == 0 ? "ok" : LinuxError.Describe(-reply.Error);
            _output.WriteLine($"fuse <- {reply.Unique} {outcome}, {reply.Length} bytes");
        }
    }
}
