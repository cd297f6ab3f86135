using ArraylakeFs.TestHarness;

namespace ArraylakeFs.Contract;

/// <summary>A test of the contract that mounts.</summary>
internal sealed class ChecklistFactAttribute : FactAttribute
{
    public ChecklistFactAttribute() => Skip = Missing.Mounting;
}

/// <summary>As <see cref="ChecklistFactAttribute"/>, with data.</summary>
internal sealed class ChecklistTheoryAttribute : TheoryAttribute
{
    public ChecklistTheoryAttribute() => Skip = Missing.Mounting;
}
