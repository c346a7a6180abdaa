using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Stratum1Replicator;

/// <summary>Section "Stratum1" of appsettings.json; the command line overrides it.</summary>
internal sealed class Stratum1Options
{
    public const string Section = "Stratum1";

    /// <summary>Repository to replicate: a URL, several joined by commas, or a folder. Null: the demonstration.</summary>
    public string? Upstream { get; set; }

    /// <summary>Master public key, or a folder of them. Needed with an upstream.</summary>
    public string? Key { get; set; }

    /// <summary>Name of the repository. Needed only where the last part of the upstream's URL is not it.</summary>
    public string? Repository { get; set; }

    /// <summary>Folder that gets one folder per repository. Null: a temporary one, removed at the end.</summary>
    public string? Storage { get; set; }

    /// <summary>Where to serve the replica. Port 0 takes a free one.</summary>
    [Required]
    public string Urls { get; set; } = "http://127.0.0.1:0";

    /// <summary>Time between two looks for a new revision, varied at random by a tenth.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Take one snapshot, verify it, and end.</summary>
    public bool Once { get; set; }

    /// <summary>Secret of those who may say that the repository has changed (see <see cref="Cvmfs.Net.Server.CvmfsHintEndpoints"/>). Null: nobody may.</summary>
    [StringLength(1024, MinimumLength = Cvmfs.Net.Server.CvmfsHintOptions.MinSecretLength)]
    public string? HintSecret { get; set; }

    /// <summary>Demonstration: revisions to publish after the first before the program ends by itself. Null: no end.</summary>
    [Range(0, 1000)]
    public int? DemoRevisions { get; set; }

    /// <summary>Demonstration: time between two revisions.</summary>
    public TimeSpan DemoInterval { get; set; } = TimeSpan.FromSeconds(10);

    public bool IsDemo => Upstream is null;
}

[OptionsValidator]
internal sealed partial class Stratum1OptionsValidator : IValidateOptions<Stratum1Options>;

/// <summary>What no single setting can say.</summary>
internal sealed class Stratum1OptionsRules : IValidateOptions<Stratum1Options>
{
    public ValidateOptionsResult Validate(string? name, Stratum1Options options)
    {
        if (options.Upstream is not null && options.Key is null) return ValidateOptionsResult.Fail("--upstream needs --key: nothing is believed without a key.");
        if (options.Upstream is null && options.Key is not null) return ValidateOptionsResult.Fail("--key needs --upstream.");
        if (options.PollInterval < TimeSpan.FromSeconds(1)) return ValidateOptionsResult.Fail("PollInterval must be at least a second.");
        return ValidateOptionsResult.Success;
    }
}
