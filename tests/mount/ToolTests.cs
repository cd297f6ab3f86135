using Xunit.Abstractions;

namespace ArraylakeFs.Mount.Tests;

/// <summary>Every tool's scenario; those of one class run one after the other.</summary>
public abstract class ToolTests(ITestOutputHelper output)
{
    private protected static IReadOnlyDictionary<string, string> Faults(params (string Step, string Message)[] faults) =>
        faults.ToDictionary(fault => fault.Step, fault => fault.Message);

    private protected static TheoryData<string> NamesOf(IEnumerable<ToolScenario> scenarios) => [.. scenarios.Select(scenario => scenario.Name)];

    private protected void Check(IEnumerable<ToolScenario> scenarios, string name)
    {
        using var run = new ToolRun(scenarios.Single(scenario => scenario.Name == name), output);
        run.Check();
    }
}
