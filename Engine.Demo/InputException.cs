namespace Engine.Demo;

/// <summary>
/// Something the user gave cannot be used. The message stands alone: what came, what was expected, and in which file and line.
/// It is printed without a stack trace, and the exit code is <see cref="ExitCode.BadInput"/>.
/// </summary>
internal sealed class InputException(string message) : Exception(message);
