using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server;

/// <summary>Who may say that a repository has changed, and how often.</summary>
public sealed class CvmfsHintOptions
{
    /// <summary>Fewest characters of a secret: 128 bits in hexadecimal.</summary>
    public const int MinSecretLength = 32;

    /// <summary>What sender and receiver know and nobody else. During a change both the new and the old one may be given.</summary>
    [Required]
    public IReadOnlyList<string> Secrets { get; set; } = [];

    /// <summary>Whether the bare secret is accepted as a bearer token. It can be read on the way unless the line is encrypted; a signature cannot. Default true.</summary>
    public bool AcceptBearer { get; set; } = true;

    /// <summary>How far a signature's time may be from ours, either way. Within it, a signature counts once. Default 5 minutes.</summary>
    [TimeSpanRange("00:00:01", "01:00:00")]
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Hints per minute and repository; more are answered with 429. Default 12.</summary>
    [Range(1, 6000)]
    public int HintsPerMinute { get; set; } = 12;

    /// <summary>Longest body, in bytes. Default 4 KiB. It is signed, and otherwise not looked at.</summary>
    [Range(0, 1 << 20)]
    public int MaxBodyBytes { get; set; } = 4 << 10;
}

/// <summary>Refuses options that cannot work or protect nothing.</summary>
[OptionsValidator]
public sealed partial class CvmfsHintOptionsValidator : IValidateOptions<CvmfsHintOptions>;
