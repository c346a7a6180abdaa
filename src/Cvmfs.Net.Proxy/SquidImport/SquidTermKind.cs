namespace Cvmfs.Net.Proxy.SquidImport;

/// <summary>What a list in a rule is about.</summary>
internal enum SquidTermKind
{
    /// <summary>It cannot be said which requests it stands for.</summary>
    Unknown,

    /// <summary>Every request is of it.</summary>
    Always,

    /// <summary>No request that is served here is of it.</summary>
    Never,

    /// <summary>Who asks.</summary>
    Sources,

    /// <summary>Who is asked.</summary>
    Servers,

    /// <summary>On which port.</summary>
    Ports,
}
