using ArraylakeFs.Repository.Verification;
using ArraylakeFs.Storage;
using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Interop.Tests;

/// <summary>Repositories that the official client makes have nothing wrong.</summary>
public sealed class VerificationTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [OfficialClientTheory]
    [InlineData("everything")]
    [InlineData("rootless")]
    public async Task What_the_official_client_made_is_sound(string shape)
    {
        OfficialClient.Make(_folder["repo"], shape);
        var report = await VerifyAsync(deep: false);
        Assert.Empty(report.Findings.Select(finding => finding.ToString()));
        Assert.True(report.NativeChunks + report.InlineChunks > 0);
    }

    /// <summary>The bytes of "everything" are no chunks but where their number happens to be right: that is found, and nothing else.</summary>
    [OfficialClientFact]
    public async Task Chunks_of_the_wrong_size_that_the_official_client_took_are_told()
    {
        OfficialClient.Make(_folder["repo"]);
        var report = await VerifyAsync(deep: true);
        Assert.All(report.Findings, finding => Assert.Contains(", and a chunk has ", finding.Problem, StringComparison.Ordinal));
        Assert.Contains("/split/many", report.Findings.Select(finding => finding.Path));
        Assert.DoesNotContain("/a/native", report.Findings.Select(finding => finding.Path));
        Assert.Empty(report.NotChecked);
    }

    private Task<VerificationReport> VerifyAsync(bool deep) =>
        RepositoryVerification.RunAsync(new LocalObjectStore(_folder["repo"]), new VerificationOptions(IsDeep: deep), null, default);
}
