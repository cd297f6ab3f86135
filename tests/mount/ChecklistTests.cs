using ArraylakeFs.Contract;

namespace ArraylakeFs.Mount.Tests;

/// <summary>The contract by system calls on a real mount, in <c>root.zarr</c>.</summary>
[Collection(nameof(Alone))]
public sealed class V3ChecklistTests() : Checklist(Face.V3)
{
    private protected override Task<IMounted> MountAsync() => Task.FromResult<IMounted>(new KernelMount());
}

/// <summary>The same in <c>root.v2.zarr</c>.</summary>
[Collection(nameof(Alone))]
public sealed class V2ChecklistTests() : Checklist(Face.V2)
{
    private protected override Task<IMounted> MountAsync() => Task.FromResult<IMounted>(new KernelMount());
}
