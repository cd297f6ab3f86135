namespace ArraylakeFs.Cli;

/// <summary>What the program returns to the shell.</summary>
internal static class ExitCodes
{
    public const int Done = 0, Failed = 1, Misuse = 2;
}
