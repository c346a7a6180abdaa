using Microsoft.Extensions.Options;

namespace Cvmfs.Net.Proxy;

/// <summary>What a proxy serves, to whom, and what it keeps.</summary>
/// <remarks>Closed by default: without a destination or a server every request is refused, and only machines of the site may ask.</remarks>
public sealed class ProxyOptions
{
    /// <summary>Where objects are kept.</summary>
    public ProxyStorageOptions Storage { get; } = new();

    /// <summary>Which servers are asked.</summary>
    public ProxyUpstreamOptions Upstream { get; } = new();

    /// <summary>How long documents that change are kept.</summary>
    public ProxyDocumentOptions Documents { get; } = new();

    /// <summary>Who may ask.</summary>
    public ProxyClientOptions Clients { get; } = new();

    /// <summary>Log of requests.</summary>
    public ProxyAccessLogOptions AccessLog { get; } = new();

    /// <summary>Listener for those who run the proxy.</summary>
    public ProxyAdminOptions Admin { get; } = new();

    /// <summary>Certificate for those who ask by <c>https</c>.</summary>
    public ProxyTlsOptions Tls { get; } = new();

    /// <summary>Script that tells clients their proxies.</summary>
    public ProxyScriptOptions Script { get; } = new();

    /// <summary>Where a program that runs the proxy listens for clients, such as <c>http://0.0.0.0:3128</c>. At
    /// <c>https</c> URLs, which need <see cref="ProxyTlsOptions.Certificate"/>, HTTP/2 is spoken as well. Empty, the default: its own default.</summary>
    public IList<string> Listen { get; } = [];

    /// <summary>Longest wait for transfers that run when the proxy is told to end, 0 to 1 h. Default 30 s.</summary>
    public TimeSpan DrainTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Refuses settings that cannot work, before the first request.</summary>
    /// <exception cref="OptionsValidationException">A setting is missing, unreadable or out of its range; each failure begins with its name,
    /// such as <c>Storage:MaxBytes</c>.</exception>
    public void ThrowIfInvalid()
    {
        string[] failures = [.. Failures()];
        if (failures.Length > 0) throw new OptionsValidationException(nameof(ProxyOptions), typeof(ProxyOptions), failures);
    }

    /// <summary>What is wrong with the settings, each as <c>Section:Setting: …</c>; nothing when they can work.</summary>
    internal IEnumerable<string> Failures() => Storage.Validate().Concat(Upstream.Validate()).Concat(Documents.Validate()).Concat(Clients.Validate())
        .Concat(AccessLog.Validate()).Concat(Admin.Validate()).Concat(Tls.Validate()).Concat(Script.Validate())
        .Concat(OptionRange.Check(nameof(DrainTimeout), DrainTimeout, TimeSpan.Zero, TimeSpan.FromHours(1)))
        .Concat(Listen.Where(static url => !ListenUrl.IsValid(url, allowsTls: true)).Select(static url => $"{nameof(Listen)}: \"{url}\" is no URL such as http://0.0.0.0:3128."))
        .Concat(Listen.Where(url => ListenUrl.IsTls(url) && Tls.Certificate.Length == 0).Select(static url => $"{nameof(Listen)}: \"{url}\" needs a certificate: name its file in tls.certificate."));
}
