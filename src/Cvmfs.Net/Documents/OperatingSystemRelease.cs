namespace Cvmfs.Net.Documents;

/// <summary>Name and version of the system, from its release file; empty texts where it has none.</summary>
internal sealed record OperatingSystemRelease(string Id, string VersionId, string PrettyName)
{
    /// <summary>Reads the file where the system keeps it.</summary>
    public static OperatingSystemRelease Read(string file = "/etc/os-release")
    {
        string[] lines = [];
        try
        {
            lines = File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // not every system has one; monitors expect empty texts then
        }

        return new OperatingSystemRelease(Value(lines, "ID="), Value(lines, "VERSION_ID="), Value(lines, "PRETTY_NAME="));
    }

    private static string Value(string[] lines, string key)
    {
        foreach (string line in lines)
        {
            if (line.StartsWith(key, StringComparison.Ordinal)) return line[key.Length..].Trim().Trim('"', '\'');
        }

        return "";
    }
}
