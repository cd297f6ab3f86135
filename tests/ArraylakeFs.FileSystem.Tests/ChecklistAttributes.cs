namespace ArraylakeFs.Contract;

/// <summary>A test of the contract; without a kernel it runs anywhere.</summary>
internal sealed class ChecklistFactAttribute : FactAttribute;

/// <summary>As <see cref="ChecklistFactAttribute"/>, with data.</summary>
internal sealed class ChecklistTheoryAttribute : TheoryAttribute;
