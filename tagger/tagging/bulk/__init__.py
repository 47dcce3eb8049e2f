"""Many or large files, tagged by several processes; an interrupted run goes on."""
