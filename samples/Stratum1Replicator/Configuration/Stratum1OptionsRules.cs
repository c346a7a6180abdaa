using Cvmfs.Net.Manifests;
using Cvmfs.Net.Replication.Scheduling;
using Microsoft.Extensions.Options;
using Stratum1Replicator.Web;

namespace Stratum1Replicator.Configuration;

[OptionsValidator]
internal sealed partial class Stratum1OptionsValidator : IValidateOptions<Stratum1Options>;

/// <summary>Says everything that is wrong with a configuration, at once and with the names of the settings.</summary>
internal static class Stratum1OptionsRules
{
    /// <returns>Empty if it can be worked with.</returns>
    public static IReadOnlyList<string> Violations(Stratum1Options options)
    {
        var found = new List<string>();
        var values = new Stratum1OptionsValidator().Validate(null, options);
        if (values.Failed) found.AddRange(values.Failures);
        if (options.Upstream is not null && options.Key is null) found.Add("--upstream needs --key: nothing is believed without a key.");
        if (options.IsDemo && options.Key is not null) found.Add("--key needs --upstream.");
        if (options.IsService && options.Upstream is not null) found.Add("Upstream names one replica, Replicas or ConfigDir name many: give one or the other.");
        if (options.IsService && options.Once) found.Add("--once is for one replica given with --upstream.");
        if (options.Replicas.Count > 0 && options.Storage is null && options.ConfigDir is null) found.Add("Replicas need Storage, the folder that holds them.");
        if (options.PollInterval < TimeSpan.FromSeconds(1)) found.Add("PollInterval must be at least a second.");
        foreach (var (alias, entry) in options.Replicas) Check(found, alias, entry, options);

        var maintenance = options.Maintenance;
        Check(found, "CollectWindow", maintenance.CollectWindow);
        Check(found, "CheckWindow", maintenance.CheckWindow);
        Check(found, "ScrubWindow", maintenance.ScrubWindow);
        foreach (var (name, time) in new[] { ("CollectEvery", maintenance.CollectEvery), ("CheckEvery", maintenance.CheckEvery), ("ScrubEvery", maintenance.ScrubEvery), ("RetryAfter", maintenance.RetryAfter) })
        {
            if (time < TimeSpan.Zero || time > TimeSpan.FromDays(36500)) found.Add($"Maintenance: {name} is {time}; expected from 0 to 36500 days.");
        }

        Check(found, "Urls", options.Urls, isRequired: true);
        Check(found, "AdminUrls", options.AdminUrls, isRequired: false);
        return found;
    }

    private static void Check(List<string> found, string alias, ReplicaEntry entry, Stratum1Options options)
    {
        string at = $"Replicas:{alias}: ";
        if (alias.Length == 0 || alias[0] == '.' || alias is "info" || alias.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')))
        {
            found.Add(at + "the alias becomes the name of a folder and part of URLs; expected letters, digits, dots, hyphens, underscores.");
        }

        if (string.IsNullOrWhiteSpace(entry.Upstream)) found.Add(at + "Upstream is missing: a repository URL, several joined by commas, or a folder.");
        if (entry.Key is null && options.Key is null) found.Add(at + "Key is missing: nothing is believed without a key.");
        if (entry.Repository is { } name && !RepositoryName.TryParse(name, out _)) found.Add(at + $"Repository \"{name}\" is no repository's name; expected such as software.example.org.");
        if (entry.PollInterval is { } poll && (poll < TimeSpan.FromSeconds(1) || poll > TimeSpan.FromDays(1))) found.Add(at + $"PollInterval is {poll}; expected from a second to a day.");
        if (entry.KeepFor < TimeSpan.Zero) found.Add(at + "KeepFor must not be negative.");
    }

    private static void Check(List<string> found, string name, string? window)
    {
        if (!string.IsNullOrWhiteSpace(window) && !DailyWindow.TryParse(window, out _)) found.Add($"Maintenance: {name} is \"{window}\"; expected two different times such as 02:00-05:00.");
    }

    private static void Check(List<string> found, string name, string? urls, bool isRequired)
    {
        if (!isRequired && urls is null) return;
        if (ListenAddress.ParseAll(urls ?? "", out string? wrong).Count == 0 || wrong is not null)
        {
            found.Add($"{name}: \"{wrong ?? urls}\" is no address to listen at; expected http://HOST:PORT with an IP address, localhost or * for HOST. Encryption is for a proxy in front.");
        }
    }
}
