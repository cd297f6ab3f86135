namespace ArraylakeFs.Cli;

/// <summary>The command cannot be carried out; the message says why and what to do.</summary>
internal sealed class CliException(string message) : Exception(message);
