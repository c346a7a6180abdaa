using Cvmfs.Net.Server.Hints;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Server;

/// <summary>Lets a Stratum 0 say that it has published, so that a Stratum 1 need not wait for its next look.</summary>
public static class CvmfsHintEndpoints
{
    /// <summary>Where hints go: below <c>api/v1.0</c>, as the geo API, which proxies and caches of Stratum 1 servers let through to the server itself.</summary>
    public const string Path = "/cvmfs/{repository}/api/v1.0/hint";

    /// <summary>Header with the time of a signed hint, in Unix seconds.</summary>
    public const string TimestampHeader = "X-Cvmfs-Timestamp";

    /// <summary>Header with the signature: <c>sha256=</c> and the hexadecimal HMAC-SHA-256 over timestamp, newline, repository, newline, body.</summary>
    public const string SignatureHeader = "X-Cvmfs-Signature";

    /// <summary>Maps <c>POST /cvmfs/&lt;fqrn&gt;/api/v1.0/hint</c>.</summary>
    /// <remarks>
    /// <para>A sender proves to know the secret, by <c>Authorization: Bearer</c> or by a signature. Answers: 202 taken, 401 not proven, too old or
    /// sent twice, 404 not a repository of this server, 413 body too long, 429 too often.</para>
    /// <para>A hint says nothing that is believed: all it can do is to make a look come sooner.</para>
    /// </remarks>
    /// <param name="endpoints">Where to map it.</param>
    /// <param name="options">Who may, and how often.</param>
    /// <param name="onHint">Takes the repository's name; false if it is none that is followed here. Must return soon.</param>
    /// <exception cref="OptionsValidationException">An option is out of its range, or a secret is too short.</exception>
    public static IEndpointConventionBuilder MapCvmfsHints(
        this IEndpointRouteBuilder endpoints, CvmfsHintOptions options, Func<string, CancellationToken, ValueTask<bool>> onHint)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(onHint);
        var validation = new CvmfsHintOptionsValidator().Validate(null, options);
        if (validation.Failed) throw new OptionsValidationException(nameof(CvmfsHintOptions), typeof(CvmfsHintOptions), validation.Failures);
        if (options.Secrets.Count == 0 || options.Secrets.Any(secret => secret.Length < CvmfsHintOptions.MinSecretLength))
        {
            throw new OptionsValidationException(
                nameof(CvmfsHintOptions), typeof(CvmfsHintOptions), [$"Secrets: expected at least one, of at least {CvmfsHintOptions.MinSecretLength} characters each."]);
        }

        var time = endpoints.ServiceProvider.GetService<TimeProvider>() ?? TimeProvider.System;
        var logger = endpoints.ServiceProvider.GetService<ILoggerFactory>()?.CreateLogger("Cvmfs.Net.Server") ?? NullLogger.Instance;
        var endpoint = new HintEndpoint(options, onHint, time, logger);
        return endpoints.MapMethods(Path, [HttpMethods.Post], endpoint.HandleAsync);
    }
}
