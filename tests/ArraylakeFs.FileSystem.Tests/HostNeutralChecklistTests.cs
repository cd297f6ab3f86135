namespace ArraylakeFs.FileSystem.Tests;

/// <summary>The contract without a kernel, in <c>root.zarr</c>. Names are believed as long as they may be.</summary>
public sealed class V3ChecklistTests() : Checklist(Face.V3)
{
    private protected override async Task<IMounted> MountAsync() => await TestMount.CreateAsync(cachesNames: true);
}

/// <summary>The same in <c>root.v2.zarr</c>.</summary>
public sealed class V2ChecklistTests() : Checklist(Face.V2)
{
    private protected override async Task<IMounted> MountAsync() => await TestMount.CreateAsync(cachesNames: true);
}
