using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ArraylakeFs.TestHarness;

/// <summary>The official client in one long-lived process (<c>serve.mjs</c>), for tests that would start it too often. Thread-safe.</summary>
public sealed class OfficialServer : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    public OfficialServer()
    {
        var start = new ProcessStartInfo("node") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(TestCache.Tests, "interop", "serve.mjs"));
        foreach (var (name, value) in OfficialClient.NodeEnvironment())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
    }

    /// <summary>Commits edits on <c>main</c>, which are triples of what, path and text; returns the commit's id.</summary>
    public string Commit(string repository, IEnumerable<string[]> edits) => (string)Ask(new JsonObject
    {
        ["repository"] = repository,
        ["edits"] = JsonSerializer.SerializeToNode(edits),
    })["commit"]!;

    /// <summary>
    /// What <c>main</c> holds: the text of every document and chunk, up to its first NUL, by key; and the ids of its commits, newest first.
    /// </summary>
    public (IReadOnlyDictionary<string, string> Files, IReadOnlyList<string> Log) Dump(string repository)
    {
        var answer = Ask(new JsonObject { ["repository"] = repository, ["dump"] = true });
        return (answer["files"]!.Deserialize<Dictionary<string, string>>()!, answer["log"]!.Deserialize<List<string>>()!);
    }

    /// <summary>
    /// Every branch with the ids of its commits, newest first, every tag with its commit, and the nodes of those tips that are not <paramref
    /// name="known"/>.
    /// </summary>
    public OfficialVersions Versions(string repository, IEnumerable<string> known) => Ask(new JsonObject
    {
        ["repository"] = repository,
        ["versions"] = JsonSerializer.SerializeToNode(known),
    }).Deserialize<OfficialVersions>(JsonSerializerOptions.Web)!;

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private JsonNode Ask(JsonObject request)
    {
        lock (_lock)
        {
            _process.StandardInput.WriteLine(request.ToJsonString());
            var answer = JsonNode.Parse(_process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the official client has ended"))!;
            return answer["error"] is { } error ? throw new InvalidOperationException($"the official client: {error}") : answer;
        }
    }
}

/// <summary>What <see cref="OfficialServer.Versions"/> saw.</summary>
public sealed record OfficialVersions(
    Dictionary<string, string[]> Branches, Dictionary<string, string> Tags, Dictionary<string, Dictionary<string, OfficialVersionNode>> Versions);

/// <summary>One node: its id, its document, and the text of its chunks by key.</summary>
public sealed record OfficialVersionNode(string Id, string Document, Dictionary<string, string> Chunks);
