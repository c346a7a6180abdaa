namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>A file that is not as the fleet says.</summary>
/// <param name="Path">Path below the folder of outputs.</param>
/// <param name="Old">What it is; null where there is none.</param>
/// <param name="New">What it should be; null where it should be gone.</param>
public sealed record FleetChange(string Path, string? Old, string? New)
{
    /// <summary>Lines that go and come, between the first and the last that differ.</summary>
    public IEnumerable<string> Lines()
    {
        string[] before = Split(Old), after = Split(New);
        int start = 0, end = 0;
        while (start < before.Length && start < after.Length && before[start] == after[start]) start++;
        while (end < before.Length - start && end < after.Length - start && before[^(end + 1)] == after[^(end + 1)]) end++;
        return before[start..^end].Select(line => "-" + line).Concat(after[start..^end].Select(line => "+" + line));
    }

    private static string[] Split(string? text) => text is null ? [] : text.TrimEnd('\n').Split('\n');
}
