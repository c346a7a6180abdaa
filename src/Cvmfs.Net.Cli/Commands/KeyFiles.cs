using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Cli.Commands;

/// <summary>Public keys as <c>-k</c> names them.</summary>
internal static class KeyFiles
{
    /// <summary>Loads files and folders; null for none at all.</summary>
    public static async Task<MasterKeys?> LoadAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        if (paths.Count == 0) return null;
        if (paths.FirstOrDefault(path => !Path.Exists(path)) is { } missing) throw CliException.Usage($"the key {missing} does not exist.");
        var keys = await MasterKeys.LoadAsync(paths, cancellationToken);
        return keys.Count > 0 ? keys : throw CliException.Usage($"there is no public key (*.pub) in {string.Join(", ", paths)}.");
    }
}
