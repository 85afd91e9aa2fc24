class RefinementTask: pass
