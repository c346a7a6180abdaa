namespace Cvmfs.Net.LoadBench.Serving;

/// <summary>What is installed.</summary>
internal static class Programs
{
    /// <summary>The first of some programs that is not installed; null where all are.</summary>
    public static string? Missing(params string[] programs)
    {
        string[] folders = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/usr/local/sbin"];
        return Array.Find(programs, program => !Array.Exists(folders, folder => File.Exists(Path.Combine(folder, program))));
    }
}
