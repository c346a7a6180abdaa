using Microsoft.Extensions.Configuration.Json;

namespace Stratum1Replicator.Configuration;

/// <summary>The sources of settings, read as one. Remembers files that cannot be read, so that nobody takes what is left for the whole.</summary>
internal sealed class ConfigurationFiles
{
    private readonly IConfigurationRoot _configuration;
    private readonly List<string> _broken = [];
    private bool _isReloading;

    /// <param name="configuration">The sources that there are.</param>
    /// <param name="file">Another file, which must exist; null for none.</param>
    public ConfigurationFiles(ConfigurationManager configuration, string? file)
    {
        _configuration = configuration;
        foreach (var source in ((IConfigurationBuilder)configuration).Sources.OfType<JsonConfigurationSource>()) Watch(source);
        if (file is null) return;
        var added = new JsonConfigurationSource { Path = Path.GetFullPath(file), Optional = false, ReloadOnChange = true };
        added.ResolveFileProvider();
        Watch(added);
        ((IConfigurationBuilder)configuration).Add(added);
    }

    /// <summary>Calls back when a file has changed.</summary>
    public IDisposable OnChange(Action changed) => Microsoft.Extensions.Primitives.ChangeToken.OnChange(_configuration.GetReloadToken, () =>
    {
        if (!_isReloading) changed();
    });

    /// <summary>Reads all files again.</summary>
    public void Reload()
    {
        _isReloading = true;
        lock (_broken) _broken.Clear();
        try
        {
            _configuration.Reload();
        }
        finally
        {
            _isReloading = false;
        }
    }

    /// <summary>The settings as they are now.</summary>
    /// <exception cref="InvalidConfigurationException">A file cannot be read, a setting is unknown, has no sense, or does not fit the others.</exception>
    public Stratum1Options Read()
    {
        lock (_broken)
        {
            if (_broken.Count > 0) throw new InvalidConfigurationException([.. _broken.Distinct()]);
        }

        Stratum1Options options;
        try
        {
            options = _configuration.GetSection(Stratum1Options.Section).Get<Stratum1Options>(binder => binder.ErrorOnUnknownConfiguration = true) ?? new Stratum1Options();
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidConfigurationException([e.InnerException is { } inner ? $"{e.Message} {inner.Message}" : e.Message]);
        }

        var violations = Stratum1OptionsRules.Violations(options);
        return violations.Count == 0 ? options : throw new InvalidConfigurationException(violations);
    }

    private void Watch(JsonConfigurationSource source) => source.OnLoadException = context =>
    {
        context.Ignore = true; // told by Read
        string reason = context.Exception.InnerException is { } inner ? inner.Message : context.Exception.Message;
        lock (_broken) _broken.Add($"{source.Path}: {reason}");
    };
}

/// <summary>The configuration cannot be worked with.</summary>
internal sealed class InvalidConfigurationException(IReadOnlyList<string> problems) : Exception(string.Join(' ', problems))
{
    /// <summary>Everything that is wrong, each in a sentence.</summary>
    public IReadOnlyList<string> Problems { get; } = problems;
}
