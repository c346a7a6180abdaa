using Cvmfs.Net.Catalogs;

namespace Cvmfs.Net.Repositories;

/// <summary>Why a path cannot be used as asked.</summary>
public enum PathFailure
{
    /// <summary>The revision has no such entry.</summary>
    NotFound,

    /// <summary>A file was wanted, and it is something else.</summary>
    NotAFile,

    /// <summary>A directory was wanted, and it is something else.</summary>
    NotADirectory,
}

/// <summary>A path of a repository that is not there, or is not what the caller takes it for.</summary>
public sealed class CvmfsPathException : CvmfsException
{
    internal CvmfsPathException(PathFailure failure, RepositoryPath path, EntryKind? found = null)
        : base(failure switch
        {
            PathFailure.NotFound => $"{path} does not exist in this revision.",
            PathFailure.NotAFile => $"{path} is no regular file but a {Describe(found)}.",
            _ => $"{path} is no directory but a {Describe(found)}.",
        })
        => (Failure, Path) = (failure, path);

    /// <summary>The reason.</summary>
    public PathFailure Failure { get; }

    /// <summary>The path.</summary>
    public RepositoryPath Path { get; }

    private static string Describe(EntryKind? kind) => kind switch
    {
        EntryKind.File => "regular file",
        EntryKind.Directory => "directory",
        EntryKind.SymbolicLink => "symbolic link",
        _ => "special file",
    };
}
