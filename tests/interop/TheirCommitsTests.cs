using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>A repository made by the official client reads here byte for byte.</summary>
public sealed class TheirCommitsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OfficialClientTheory]
    [InlineData("everything", 60)]
    [InlineData("rootless", 2)]
    public async Task Every_reference_commit_document_and_chunk_is_read_as_they_read_it(string shape, int atLeast)
    {
        OfficialClient.Make(_folder["repo"], shape);
        await RepositoryView.AssertBothAgreeAsync(_folder["repo"]);
        Assert.True((await RepositoryView.OursAsync(_folder["repo"])).Count(line => line.StartsWith("chunk", StringComparison.Ordinal)) >= atLeast / 2);
    }
}
