using System.Globalization;
using System.Runtime.InteropServices;

namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Gives folders to an account, which only root can do.</summary>
internal static partial class FolderOwner
{
    /// <summary>The account's numbers; null where this machine's own list does not know it.</summary>
    /// <exception cref="IOException">The list cannot be read.</exception>
    public static (int User, int Group)? Find(string account)
    {
        foreach (string line in File.ReadLines("/etc/passwd"))
        {
            string[] parts = line.Split(':');
            if (parts.Length > 3 && parts[0] == account && int.TryParse(parts[2], CultureInfo.InvariantCulture, out int user) && int.TryParse(parts[3], CultureInfo.InvariantCulture, out int group)) return (user, group);
        }

        return null;
    }

    /// <summary>Gives a folder with all folders in it, without following links.</summary>
    /// <exception cref="IOException">It is not ours to give.</exception>
    public static void Give(string folder, (int User, int Group) account)
    {
        GiveOne(folder, account);
        foreach (var below in new DirectoryInfo(folder).EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = 0, RecurseSubdirectories = true }))
        {
            GiveOne(below.FullName, account);
        }
    }

    private static void GiveOne(string path, (int User, int Group) account)
    {
        if (lchown(path, account.User, account.Group) == 0) return;
        int error = Marshal.GetLastPInvokeError();
        throw new IOException($"{path}: cannot be given to another account: {Marshal.GetPInvokeErrorMessage(error)}. Run as root, or as that account.", error);
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int lchown(string path, int user, int group);
}
