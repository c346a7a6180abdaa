using Microsoft.Win32.SafeHandles;

namespace Cvmfs.Net.Server.Content;

/// <summary>What a request is answered with, before headers are made of it.</summary>
/// <param name="Kind">Which of the others counts.</param>
/// <param name="Lifetime">How long, and as what, it may be kept.</param>
/// <param name="Bytes">The content, where it is in memory. Shared; nobody writes to it.</param>
/// <param name="File">The open file, where it is not; whoever gets the answer disposes it.</param>
/// <param name="Length">Bytes of the content.</param>
internal readonly record struct Answer(AnswerKind Kind, ContentClass Lifetime = ContentClass.Object, byte[]? Bytes = null, SafeFileHandle? File = null, long Length = 0)
{
    public static Answer NotFound { get; } = new(AnswerKind.NotFound);

    /// <summary>Something is there and cannot be read. 404 would say "does not exist" to every client; 500 sends them to another server.</summary>
    public static Answer Unreadable { get; } = new(AnswerKind.Failed);

    public static Answer Of(byte[] bytes, ContentClass lifetime) => new(AnswerKind.Memory, lifetime, bytes, null, bytes.Length);
}

/// <summary>Where the content of an answer is.</summary>
internal enum AnswerKind : byte
{
    /// <summary>There is none.</summary>
    NotFound,

    /// <summary>There should be some, but it cannot be read.</summary>
    Failed,

    /// <summary>In memory.</summary>
    Memory,

    /// <summary>In an open file.</summary>
    File,
}

/// <summary>Content type and lifetime go together.</summary>
internal enum ContentClass : byte
{
    /// <summary>An object, which never changes.</summary>
    Object,

    /// <summary>A file next to the manifest.</summary>
    RootFile,

    /// <summary>JSON that is not next to the manifest.</summary>
    Json,

    /// <summary>Other files, by their extension: text.</summary>
    Text,

    /// <summary>Other files, by their extension: pages.</summary>
    Html,
}
