using Cvmfs.Net.Server.Objects;

namespace Cvmfs.Net.Server.Content;

/// <summary>Content type and lifetime of each class of content, in one place for both ways of sending.</summary>
internal sealed class ContentHeaders(CvmfsServerOptions options, TimeProvider time)
{
    /// <summary>Number of classes.</summary>
    public const int Classes = (int)ContentClass.Html + 1;

    private readonly Lifetime _long = new(options.ObjectLifetime, time);
    private readonly Lifetime _short = new(options.RootFileLifetime, time);

    /// <summary>Lifetime of "not found".</summary>
    public Lifetime NotFound { get; } = new(options.NotFoundLifetime, time);

    /// <summary>Lifetime of a class.</summary>
    public Lifetime LifetimeOf(ContentClass content) => content is ContentClass.RootFile or ContentClass.Json ? _short : _long;

    /// <summary>Value of Content-Type.</summary>
    public static string TypeOf(ContentClass content) => content switch
    {
        ContentClass.RootFile => "application/x-cvmfs",
        ContentClass.Json => "application/json",
        ContentClass.Text => "text/plain; charset=utf-8",
        ContentClass.Html => "text/html; charset=utf-8",
        _ => "application/octet-stream",
    };
}
