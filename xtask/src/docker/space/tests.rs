use super::*;

/// As buildx 0.13.1 writes it, but for the size.
const RECORDS: &str = "ID:\t\txbyy4ndijvtb32l0srb10rt49\nParent:\t\tnpe3msa36h7d6hod9sto90ppb\n\
    Created at:\t2026-11-25 15:28:36.577231842 +0000 UTC\nMutable:\ttrue\nReclaimable:\tfalse\nShared:\t\tfalse\n\
    Size:\t\t67.81MB\nDescription:\tcached mount /app/target from exec /bin/sh -c sh /run/colony/compile.sh /out with id \
    \"/distributed-colony-app\"\nUsage count:\t2\nLast used:\t8 seconds ago\nType:\t\texec.cachemount\n\n\
    ID:\t\t96f227dz7jsrz0g2lj296w83l\nReclaimable:\ttrue\nSize:\t\t0B\nDescription:\tlocal source for context\n\n\
    Reclaimable:\t67.81MB\nTotal:\t\t67.81MB\n";

#[test]
fn a_cache_mount_is_known_by_the_id_in_its_description() {
    let expected = CacheMount {
        id: "xbyy4ndijvtb32l0srb10rt49".to_owned(),
        mount: "distributed-colony-app".to_owned(),
        bytes: 67_810_000,
        is_in_use: true,
    };
    assert_eq!(CacheMount::list(RECORDS), [expected]);
}

#[test]
fn what_a_prune_removed_is_read_from_either() {
    let images = "Deleted Images:\ndeleted: sha256:1\ndeleted: sha256:2\n\nTotal reclaimed space: 1.5kB\n";
    let both = ["sha256:1".to_owned(), "sha256:2".to_owned()].into();
    assert_eq!(Pruned::read(images), Pruned { images: both, bytes: 1_500 });
    let mount = "ID\tRECLAIMABLE\tSIZE\tLAST ACCESSED\nxbyy*\ttrue \t67.81MB\t8 seconds ago\nTotal:\t67.81MB\n";
    assert_eq!(Pruned::read(mount).bytes, 67_810_000);
    assert_eq!(Pruned::read("Total:\t0B").bytes, 0);
}

#[test]
fn sizes_for_people_are_read_in_all_units() {
    let sizes = ["0B", "12.5kB", "67.81MB", "1.242GB"].map(bytes);
    assert_eq!(sizes, [0, 12_500, 67_810_000, 1_242_000_000].map(Some));
    assert_eq!(["N/A", "", "12"].map(bytes), [None; 3]);
}
