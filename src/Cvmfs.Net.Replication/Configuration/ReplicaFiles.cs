using System.Text;
using Cvmfs.Net.Objects;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>A replica's two files, written as the reference's tools write and read them.</summary>
internal static class ReplicaFiles
{
    /// <summary>What the replica is and where it is kept.</summary>
    public const string ServerConf = "server.conf";

    /// <summary>What makes it a replica, and how it is transferred.</summary>
    public const string ReplicaConf = "replica.conf";

    /// <summary>Link in the spool folder to the storage's folder for files that are being written.</summary>
    public const string Temporary = "tmp";

    private const string Header = "# Created by cvmfs-net, for cvmfs-net and cvmfs_server alike: assignments in shell syntax, nothing else.";

    /// <summary>All of a new file.</summary>
    public static byte[] Text(IEnumerable<(string Name, string Value)> settings)
        => Encoding.UTF8.GetBytes(string.Concat(settings.Select(setting => ShellText.Assignment(setting.Name, setting.Value) + "\n").Prepend(Header + "\n")));

    /// <summary>Makes a file set a variable to another value and leaves everything else in it alone.</summary>
    /// <exception cref="ConfigurationException">The file is not what it was, or sets the variable in a way that cannot be changed safely.</exception>
    public static async Task SetAsync(string folder, string file, IReadOnlyList<(string Name, string Value)> settings, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, file);
        string text = Encoding.UTF8.GetString(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));
        foreach (var (name, value) in settings) text = Set(text, path, name, value);
        var mode = OperatingSystem.IsWindows() ? default : File.GetUnixFileMode(path);
        await new RootFolder(folder, new RootFolderOptions { TemporaryFolder = folder }).ReplaceAsync(file, Encoding.UTF8.GetBytes(text), cancellationToken).ConfigureAwait(false);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    // The last line that sets it is replaced where it does nothing else; otherwise a line is added, for the later one wins.
    private static string Set(string text, string path, string name, string value)
    {
        var before = Read(text, path);
        string assignment = ShellText.Assignment(name, value);
        var lines = text.Split('\n').ToList();
        if (before.TryGet(name, out var found) && IsAlone(lines[found.Line - 1], name)) lines[found.Line - 1] = assignment;
        else lines.Insert(lines[^1].Length == 0 ? lines.Count - 1 : lines.Count, assignment);
        string changed = string.Join('\n', lines);
        if (!changed.EndsWith('\n')) changed += "\n";
        var after = Read(changed, path);
        bool isRight = after.TryGet(name, out var now) && now.Text == value
            && before.All.Where(one => one.Name != name).All(one => after.TryGet(one.Name, out var same) && same.Text == one.Text);
        return isRight ? changed : throw new ConfigurationException(path, found?.Line ?? 0, $"{name} is set in a way that cannot be changed safely. Change it by hand.");
    }

    private static bool IsAlone(string line, string name)
    {
        if (!line.StartsWith(name + "=", StringComparison.Ordinal) || line.EndsWith('\\')) return false;
        try
        {
            var alone = new ShellVariables();
            ShellFragment.Read(Encoding.UTF8.GetBytes(line + "\n"), name, alone);
            return alone.All.Count == 1;
        }
        catch (ConfigurationException)
        {
            return false; // a value over several lines
        }
    }

    private static ShellVariables Read(string text, string path)
    {
        var variables = new ShellVariables();
        ShellFragment.Read(Encoding.UTF8.GetBytes(text), path, variables);
        return variables;
    }
}
