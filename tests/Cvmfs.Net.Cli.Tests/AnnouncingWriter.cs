using System.Text.RegularExpressions;

namespace Cvmfs.Net.Cli.Tests;

/// <summary>The error stream of a command that listens: tells the first line with an address.</summary>
internal sealed partial class AnnouncingWriter : StringWriter
{
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The address that was told first.</summary>
    public Task<string> Address => _address.Task;

    public override void WriteLine(string? value)
    {
        base.WriteLine(value);
        if (Pattern().Match(value ?? "") is { Success: true } found) _address.TrySetResult(found.Value);
    }

    public override Task WriteLineAsync(string? value)
    {
        WriteLine(value);
        return Task.CompletedTask;
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Pattern();
}
